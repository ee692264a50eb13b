"""The app."""

from django.apps import AppConfig


class GridsConfig(AppConfig):
    """Grids as XLSX."""

    name = "kejing.office.grids"
    label = "grids"
