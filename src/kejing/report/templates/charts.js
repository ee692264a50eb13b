/* Draws the chart specifications of the page. Exact numbers arrive as text: they are parsed only to place a
   mark on the screen, and shown digit by digit. Nothing here loads, stores or sends anything. */
(function () {
  "use strict";

  var data = JSON.parse(document.getElementById("kejing-data").textContent);
  var meta = data.meta;
  var drawn = [];

  /* ---- numbers ---- */

  function number(text) { return text === null || text === undefined ? null : Number(text); }

  function grouped(text) {
    var sign = text.charAt(0) === "-" ? "-" : "";
    var parts = text.replace("-", "").split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return sign + parts.join(".");
  }

  function trimmed(value, digits) {
    var text = value.toFixed(digits);
    return grouped(text.indexOf(".") < 0 ? text : text.replace(/0+$/, "").replace(/\.$/, ""));
  }

  function short(value, unit) {
    if (unit === "percent") { return trimmed(value * 100, 1) + "%"; }
    if (unit === "degree") { return trimmed(value, 2) + "°"; }
    for (var i = 0; i < meta.scales.length; i += 1) {
      var size = Math.pow(10, meta.scales[i][0]);
      if (Math.abs(value) >= size) { return trimmed(value / size, 2) + " " + meta.scales[i][1]; }
    }
    return trimmed(value, 2);
  }

  function exact(text, unit) {
    if (text === null || text === undefined) { return "–"; }
    if (unit === "percent") { return trimmed(Number(text) * 100, 2) + "%"; }
    if (unit === "money") { return meta.currency + " " + grouped(text); }
    if (unit === "number") { return trimmed(Number(text), 4); }
    if (unit === "km" || unit === "hours") { return trimmed(Number(text), 1) + " " + meta.units[unit]; }
    return grouped(text) + (meta.units[unit] ? " " + meta.units[unit] : "");
  }

  /* ---- look ---- */

  function tone(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function palette() {
    var found = [];
    for (var i = 0; i < 10; i += 1) { found.push(tone("--series-" + i)); }
    return found;
  }

  function look() {
    return {
      ink: tone("--ink"), soft: tone("--soft"), line: tone("--line"), paper: tone("--paper"), accent: tone("--accent"),
      warm: tone("--series-1"), faint: tone("--faint"), series: palette(),
      font: getComputedStyle(document.body).fontFamily
    };
  }

  function tip(title, lines) {
    var box = document.createElement("div");
    box.className = "tip";
    var head = document.createElement("strong");
    head.textContent = title;
    box.appendChild(head);
    lines.forEach(function (line) {
      var row = document.createElement("div");
      var name = document.createElement("span");
      var value = document.createElement("span");
      name.textContent = line[0];
      value.textContent = line[1];
      row.appendChild(name);
      row.appendChild(value);
      box.appendChild(row);
    });
    return box;
  }

  function frame(style, option) {
    option.animation = false;
    option.textStyle = { fontFamily: style.font, color: style.ink };
    option.color = style.series;
    option.tooltip = Object.assign({
      confine: true, backgroundColor: style.paper, borderColor: style.line, borderWidth: 1, padding: 0,
      textStyle: { color: style.ink, fontFamily: style.font, fontSize: 12 }, transitionDuration: 0
    }, option.tooltip);
    return option;
  }

  function axis(style, unit, name) {
    return {
      type: "value", name: name || "", nameTextStyle: { color: style.soft, fontSize: 11 },
      axisLabel: { color: style.soft, fontSize: 11, hideOverlap: true, formatter: function (value) { return short(value, unit); } },
      splitLine: { lineStyle: { color: style.line } }, axisLine: { show: false }, axisTick: { show: false }
    };
  }

  function names(style, labels, width, across) {
    return {
      type: "category", data: labels, inverse: across, axisTick: { show: false }, axisLine: { lineStyle: { color: style.line } },
      axisLabel: {
        color: style.ink, fontSize: 11.5, interval: across ? 0 : "auto", hideOverlap: !across,
        width: across ? width : undefined, overflow: "truncate"
      }
    };
  }

  function legendRows(spec, width) {
    var labels = (spec.series || []).map(function (one) { return one.name; });
    if (labels.length < 2) { return 0; }
    var rows = 1;
    var used = 0;
    labels.forEach(function (label) {
      var wide = labelWidth([label], 4000) + 40;
      if (used && used + wide > width) { rows += 1; used = 0; }
      used += wide;
    });
    return rows;
  }

  function legend(style, labels) {
    return {
      show: labels.length > 1, data: labels, top: 0, left: 0, itemWidth: 12, itemHeight: 8, itemGap: 14,
      textStyle: { color: style.ink, fontSize: 12 }
    };
  }

  function labelWidth(labels, room) {
    var longest = labels.reduce(function (most, label) {
      var width = 0;
      for (var i = 0; i < label.length; i += 1) { width += label.charCodeAt(i) > 255 ? 12 : 6.6; }
      return Math.max(most, width);
    }, 0);
    return Math.ceil(Math.min(longest + 6, Math.max(70, room * 0.34)));
  }

  /* ---- kinds of charts ---- */

  function whiskers(spec, style, across) {
    var bars = spec.series.filter(function (one) { return !one.marker; });
    return bars.map(function (one, at) {
      if (!one.low.some(function (low) { return low !== null; })) { return null; }
      return {
        type: "custom", name: one.name + "±", silent: true, z: 5,
        data: one.low.map(function (low, row) { return low === null ? null : [row, number(low), number(one.high[row])]; })
          .filter(Boolean),
        encode: across ? { y: 0, x: [1, 2] } : { x: 0, y: [1, 2] },
        renderItem: function (params, api) {
          var slots = api.barLayout({ barGap: "15%", barCategoryGap: "35%", count: bars.length });
          var shift = slots[at].offsetCenter;
          function point(value) {
            var place = across ? api.coord([value, api.value(0)]) : api.coord([api.value(0), value]);
            place[across ? 1 : 0] += shift;
            return place;
          }
          var low = point(api.value(1));
          var high = point(api.value(2));
          var cap = Math.min(5, slots[at].width / 2);
          function tick(place) {
            return across
              ? { x1: place[0], y1: place[1] - cap, x2: place[0], y2: place[1] + cap }
              : { x1: place[0] - cap, y1: place[1], x2: place[0] + cap, y2: place[1] };
          }
          var shapes = [{ x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, tick(low), tick(high)];
          var halo = shapes.map(function (shape) { return { type: "line", shape: shape, style: { stroke: style.paper, lineWidth: 3.6, fill: null } }; });
          var pens = shapes.map(function (shape) { return { type: "line", shape: shape, style: { stroke: style.ink, lineWidth: 1.5, fill: null } }; });
          return { type: "group", children: halo.concat(pens) };
        }
      };
    }).filter(Boolean);
  }

  function drawBars(spec, style, width) {
    var across = spec.across;
    var room = across ? labelWidth(spec.categories, width) : 0;
    var plain = spec.series.filter(function (one) { return !one.marker; });
    var series = spec.series.map(function (one, at) {
      var colour = style.series[(one.colour === null ? at : one.colour) % style.series.length];
      var values = one.values.map(number);
      if (one.marker) {
        return {
          type: "scatter", name: one.name, symbol: across ? "path://M-1,-6L1,-6L1,6L-1,6Z" : "path://M-6,-1L6,-1L6,1L-6,1Z",
          symbolSize: across ? [3, Math.max(14, plain.length * 9)] : [Math.max(30, plain.length * 22), 3],
          itemStyle: { color: style.series[one.colour === null ? 6 : one.colour % style.series.length] }, z: 6,
          data: values.map(function (value, row) { return value === null ? null : across ? [value, row] : [row, value]; }).filter(Boolean)
        };
      }
      return {
        type: "bar", name: one.name, data: values, stack: spec.stacked ? "all" : undefined,
        barMaxWidth: spec.touching ? 80 : spec.stacked ? 22 : 26, barGap: "15%", barCategoryGap: spec.touching ? "6%" : "35%", itemStyle: { color: colour },
        emphasis: { disabled: true }
      };
    }).concat(whiskers(spec, style, across));
    var category = names(style, spec.categories, room, across);
    var value = axis(style, spec.unit);
    if (across) { value.splitNumber = Math.max(2, Math.round((width - room) / 130)); }
    if (spec.unit === "count" || spec.unit === "heads") { value.minInterval = 1; }
    value.min = function (range) { return range.min < 0 ? range.min * 1.04 : 0; };
    value.axisLabel.showMinLabel = spec.series.every(function (one) { return one.values.every(function (text) { return text === null || text.charAt(0) !== "-"; }); });
    return frame(style, {
      grid: { top: 12 + 23 * legendRows(spec, width), left: across ? room + 12 : 8, right: 26, bottom: across ? 26 : 8, outerBoundsMode: across ? "none" : "same", outerBoundsContain: "axisLabel" },
      legend: legend(style, spec.series.map(function (one) { return { name: one.name, icon: one.marker ? "rect" : "roundRect" }; })),
      xAxis: across ? Object.assign(value, {}) : category, yAxis: across ? category : value, series: series,
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: style.faint } },
        formatter: function (hits) {
          var row = hits.filter(function (hit) { return hit.seriesType === "bar"; })[0].dataIndex;
          return tip(spec.categories[row], spec.series.filter(function (one) { return one.values[row] !== null; }).map(function (one) {
            var range = one.low.length && one.low[row] !== null ? " (" + grouped(one.low[row]) + "–" + grouped(one.high[row]) + ")" : "";
            return [one.name, exact(one.values[row], spec.unit) + range];
          }));
        }
      }
    });
  }

  function drawButterfly(spec, style, width) {
    if (spec.sides[1].values.every(function (value) { return value === null; })) { return drawSide(spec, style, width); }
    var middle = Math.min(labelWidth(spec.categories, width) + 16, width * 0.36);
    var wing = (width - middle) / 2;
    var narrow = width < 420;
    var most = Math.max.apply(null, spec.sides.map(function (side) {
      return Math.max.apply(null, side.values.map(function (value) { return number(value) || 0; }));
    })) || 1;
    function side(at) {
      var one = spec.sides[at];
      return {
        type: "bar", name: one.name, xAxisIndex: at, yAxisIndex: at, barMaxWidth: 24, itemStyle: { color: style.series[one.colour] },
        emphasis: { disabled: true }, data: one.values.map(number),
        label: {
          show: true, position: at === 0 ? "left" : "right", color: style.ink, fontSize: 11,
          formatter: function (hit) {
            if (one.values[hit.dataIndex] === null) { return "–"; }
            var share = short(number(one.values[hit.dataIndex]), "percent");
            return narrow || !one.notes[hit.dataIndex] ? share : share + "  " + one.notes[hit.dataIndex];
          }
        }
      };
    }
    var room = narrow ? 46 : spec.sides.reduce(function (most, one) { return Math.max(most, labelWidth(one.notes, width)); }, 0) + 50;
    function scale(at) {
      return { type: "value", gridIndex: at, inverse: at === 0, min: 0, max: most * wing / Math.max(wing - room, 30), show: false };
    }
    function rows(at) {
      var found = names(style, spec.categories, middle - 12, true);
      found.gridIndex = at;
      found.position = at === 0 ? "right" : "left";
      found.axisLine = { show: true, lineStyle: { color: style.soft } };
      found.axisLabel.show = at === 1;
      found.axisLabel.align = "center";
      found.axisLabel.margin = middle / 2;
      return found;
    }
    return frame(style, {
      title: spec.sides.map(function (one, at) {
        return {
          text: one.name, top: 0, textStyle: { fontSize: 12, fontWeight: 600, color: style.series[one.colour], width: wing - 4, overflow: "truncate" },
          left: at === 0 ? wing : wing + middle, textAlign: at === 0 ? "right" : "left"
        };
      }),
      grid: [
        { left: 0, width: wing, top: 26, bottom: 4, containLabel: false, outerBoundsMode: "none" },
        { left: wing + middle, width: wing, top: 26, bottom: 4, containLabel: false, outerBoundsMode: "none" }
      ],
      xAxis: [scale(0), scale(1)], yAxis: [rows(0), rows(1)], series: [side(0), side(1)],
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          var row = hit.dataIndex;
          return tip(spec.categories[row], spec.sides.map(function (one) {
            return [one.name, exact(one.values[row], "percent") + (one.notes[row] ? " · " + one.notes[row] : "")];
          }));
        }
      }
    });
  }

  function drawSide(spec, style, width) {
    var one = spec.sides[0];
    var room = labelWidth(spec.categories, width);
    return frame(style, {
      title: { text: one.name, top: 0, left: room + 6, textStyle: { fontSize: 12, fontWeight: 600, color: style.series[one.colour] } },
      grid: { left: room + 12, right: 90, top: 26, bottom: 4, outerBoundsMode: "none" },
      xAxis: { type: "value", show: false, min: 0 }, yAxis: names(style, spec.categories, room, true),
      series: [{
        type: "bar", name: one.name, data: one.values.map(number), barMaxWidth: 24, itemStyle: { color: style.series[one.colour] }, emphasis: { disabled: true },
        label: { show: true, position: "right", color: style.ink, fontSize: 11, formatter: function (hit) {
          return short(number(one.values[hit.dataIndex]), "percent") + "  " + one.notes[hit.dataIndex];
        } }
      }],
      tooltip: { trigger: "item", formatter: function (hit) {
        return tip(spec.categories[hit.dataIndex], [[one.name, exact(one.values[hit.dataIndex], "percent") + " · " + one.notes[hit.dataIndex]]]);
      } }
    });
  }

  function drawRanked(spec, style, width) {
    return frame(style, {
      grid: { top: 14 + 23 * legendRows(spec, width), left: 8, right: 18, bottom: 26, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: legend(style, spec.series.map(function (one) { return one.name; })),
      xAxis: Object.assign(axis(style, "count", spec.rank), { nameLocation: "middle", nameGap: 24, splitLine: { show: false }, min: 1, minInterval: 1,
        max: "dataMax", axisLine: { show: true, lineStyle: { color: style.line } } }),
      yAxis: Object.assign(axis(style, spec.unit), { splitNumber: 4 }),
      series: spec.series.map(function (one) {
        var colour = style.series[one.colour];
        return {
          type: "line", step: one.points.length < 120 ? "middle" : false, showSymbol: false, name: one.name, lineStyle: { width: 2.2, color: colour }, itemStyle: { color: colour },
          areaStyle: spec.series.length === 1 ? { color: colour, opacity: 0.14 } : undefined, emphasis: { disabled: true },
          data: one.points.map(function (point) { return [point[0], number(point[1])]; }),
          markLine: spec.line ? { silent: true, symbol: "none", data: [{ yAxis: number(spec.line) }], label: { color: style.soft, position: "insideEndTop", formatter: short(number(spec.line), spec.unit) },
            lineStyle: { color: style.warm, type: "dashed" } } : undefined
        };
      }),
      tooltip: {
        trigger: "axis",
        formatter: function (hits) {
          return tip(spec.rank + " " + hits[0].value[0], hits.map(function (hit) {
            return [hit.seriesName, exact(spec.series[hit.seriesIndex].points[hit.dataIndex][1], spec.unit)];
          }));
        }
      }
    });
  }

  function drawSteps(spec, style, width) {
    function monthAndDay(value) {
      var day = new Date(value);
      return (day.getMonth() + 1) + "-" + (day.getDate() < 10 ? "0" : "") + day.getDate();
    }
    return frame(style, {
      grid: { top: 14 + 23 * legendRows(spec, width), left: 8, right: 26, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: legend(style, spec.series.map(function (one) { return one.name; })),
      xAxis: { type: "time", splitLine: { show: false }, axisTick: { show: false }, axisLine: { lineStyle: { color: style.line } },
        axisLabel: { color: style.soft, fontSize: 11, hideOverlap: true, formatter: monthAndDay } },
      yAxis: Object.assign(axis(style, spec.unit), { min: 0, splitNumber: 4 }),
      series: spec.series.map(function (one, at) {
        var colour = style.series[at % style.series.length];
        return {
          type: "line", step: "end", name: one.name, symbol: "circle", symbolSize: 5, lineStyle: { width: 2, color: colour }, itemStyle: { color: colour },
          emphasis: { disabled: true }, data: one.points.map(function (point) { return [point[0], number(point[1])]; })
        };
      }),
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          var point = spec.series[hit.seriesIndex].points[hit.dataIndex];
          return tip(point[0], [[hit.seriesName, exact(point[1], spec.unit)]]);
        }
      }
    });
  }

  function drawScatter(spec, style) {
    return frame(style, {
      grid: { top: 30, left: 8, right: 26, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: Object.assign(axis(style, spec.x.unit, spec.x.name), { nameLocation: "middle", nameGap: 26, splitNumber: 4, scale: true }),
      yAxis: Object.assign(axis(style, spec.y.unit, spec.y.name), { nameTextStyle: { align: "left", color: style.soft, fontSize: 11 }, splitNumber: 4, scale: true }),
      series: spec.groups.map(function (group, at) {
        return {
          type: "scatter", name: group.name, symbolSize: group.points.length > 600 ? 4 : 8,
          itemStyle: { color: style.series[at % style.series.length], opacity: 0.72 },
          data: group.points.map(function (point) { return [number(point[0]), number(point[1])]; })
        };
      }),
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          var point = spec.groups[hit.seriesIndex].points[hit.dataIndex];
          return tip(point[2], [[spec.x.name, exact(point[0], spec.x.unit)], [spec.y.name, exact(point[1], spec.y.unit)]]);
        }
      }
    });
  }

  function drawPanels(spec, style, width) {
    var columns = width < 620 ? 1 : spec.panels.length;
    var room = labelWidth(spec.categories, columns === 1 ? width : width * 0.6);
    var each = (width - (columns === 1 ? 0 : room) - 12) / columns;
    var tall = 30 + spec.categories.length * 30;
    function place(at) {
      return columns === 1
        ? { left: room + 8, right: 64, top: 26 + at * (tall + 18), height: tall - 30, outerBoundsMode: "none" }
        : { left: room + 8 + at * each, width: each - 70, top: 26, height: tall - 30, outerBoundsMode: "none" };
    }
    return frame(style, {
      title: spec.panels.map(function (panel, at) {
        var spot = place(at);
        return { text: panel.name, left: spot.left, top: spot.top - 26, textStyle: { fontSize: 12, fontWeight: 600, color: style.ink, width: columns === 1 ? width - room - 20 : each - 12, overflow: "truncate" } };
      }),
      grid: spec.panels.map(function (panel, at) { return place(at); }),
      xAxis: spec.panels.map(function (panel, at) { return { type: "value", gridIndex: at, show: false, min: 0 }; }),
      yAxis: spec.panels.map(function (panel, at) {
        var found = names(style, spec.categories, room, true);
        found.gridIndex = at;
        found.axisLabel.show = columns === 1 || at === 0;
        return found;
      }),
      series: spec.panels.map(function (panel, at) {
        return {
          type: "bar", name: panel.name, xAxisIndex: at, yAxisIndex: at, barMaxWidth: 18, emphasis: { disabled: true },
          data: panel.values.map(function (value, row) {
            return { value: number(value), itemStyle: { color: row === 0 ? style.series[0] : style.series[5] } };
          }),
          label: { show: true, position: "right", color: style.ink, fontSize: 11, formatter: function (hit) {
            return panel.values[hit.dataIndex] === null ? "–" : short(number(panel.values[hit.dataIndex]), panel.unit);
          } }
        };
      }),
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          return tip(spec.categories[hit.dataIndex], [[hit.seriesName, exact(spec.panels[hit.seriesIndex].values[hit.dataIndex], spec.panels[hit.seriesIndex].unit)]]);
        }
      }
    });
  }

  function drawHeat(spec, style, width) {
    var room = labelWidth(spec.rows, width);
    var fields = [];
    spec.values.forEach(function (line, row) {
      line.forEach(function (text, column) {
        if (text !== null) { fields.push([column, row, number(text), text]); }
      });
    });
    var found = fields.map(function (field) { return field[2]; });
    var least = spec.unit === "percent" ? 0 : Math.min.apply(null, found.concat([0]));
    var most = spec.unit === "percent" ? 1 : Math.max.apply(null, found.concat([1]));
    var wide = (width - room - 40) / Math.max(1, spec.columns.length);
    return frame(style, {
      grid: { left: room + 12, right: 14, top: 8, bottom: 26, outerBoundsMode: "none" },
      xAxis: Object.assign(names(style, spec.columns, 0, false), { splitArea: { show: false } }),
      yAxis: names(style, spec.rows, room, true),
      visualMap: { show: false, type: "continuous", dimension: 2, min: least, max: most, inRange: { color: [style.faint, style.series[0]] } },
      series: [{
        type: "heatmap", data: fields, emphasis: { disabled: true }, itemStyle: { borderColor: style.paper, borderWidth: 2 },
        label: {
          show: wide >= 34, fontSize: 11,
          formatter: function (hit) {
            var dark = hit.value[2] > least + (most - least) * 0.55;
            return "{" + (dark ? "dark" : "light") + "|" + short(hit.value[2], spec.unit) + "}";
          },
          rich: { dark: { color: style.paper, fontSize: 11 }, light: { color: style.ink, fontSize: 11 } }
        }
      }],
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          return tip(spec.rows[hit.value[1]], [[spec.columns[hit.value[0]], exact(hit.value[3], spec.unit)]]);
        }
      }
    });
  }

  function panelsHeight(spec, width) {
    var tall = 30 + spec.categories.length * 30;
    return width < 620 ? spec.panels.length * (tall + 18) + 10 : tall + 4;
  }

  /* ---- the map of books ---- */

  function mapFrame(spec, width, height) {
    var edge = spec.frame.map(Number);
    var middleLon = (edge[0] + edge[2]) / 2;
    var middleLat = (edge[1] + edge[3]) / 2;
    var squeeze = Math.cos(middleLat * Math.PI / 180) || 1;
    var wide = Math.max((edge[2] - edge[0]) * squeeze, 0.02) * 1.06;
    var tall = Math.max(edge[3] - edge[1], 0.02) * 1.06;
    if (wide / tall > width / height) { tall = wide * height / width; } else { wide = tall * width / height; }
    return {
      west: middleLon - wide / squeeze / 2, east: middleLon + wide / squeeze / 2,
      south: middleLat - tall / 2, north: middleLat + tall / 2
    };
  }

  function drawMap(spec, style, width, height, chosen) {
    var inner = { left: 46, right: 12, top: 10, bottom: 26 };
    var box = mapFrame(spec, width - inner.left - inner.right, height - inner.top - inner.bottom);
    var only = chosen === undefined || chosen === "" ? null : Number(chosen);
    var size = spec.points.length > 2000 ? 4 : spec.points.length > 600 ? 5 : 7;
    function colour(rm) {
      if (spec.rms[rm][0] === "") { return style.series[9]; }
      if (only !== null && rm !== only) { return style.line; }
      return style.series[rm % 9];
    }
    function degrees(low, high) {
      return { type: "value", min: low, max: high, axisLine: { show: true, lineStyle: { color: style.line } }, axisTick: { show: false },
        splitLine: { lineStyle: { color: style.line, opacity: 0.6 } },
        axisLabel: { color: style.soft, fontSize: 10, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: function (value) { return short(value, "degree"); } } };
    }
    var threads = spec.points.filter(function (point) {
      return spec.rms[point[2]][2] !== null && (only === null || point[2] === only);
    });
    return frame(style, {
      grid: Object.assign({ outerBoundsMode: "none" }, inner),
      xAxis: degrees(box.west, box.east), yAxis: degrees(box.south, box.north),
      series: [
        {
          type: "lines", progressive: 0, coordinateSystem: "cartesian2d", silent: true, clip: true, z: 1,
          lineStyle: { width: only === null ? 0.7 : 1, opacity: only === null ? 0.4 : 0.7 },
          data: threads.map(function (point) {
            var rm = spec.rms[point[2]];
            return { coords: [[number(point[0]), number(point[1])], [number(rm[2]), number(rm[3])]], lineStyle: { color: colour(point[2]) } };
          })
        },
        {
          type: "scatter", progressive: 0, name: "customers", clip: true, symbolSize: size, z: 2,
          data: spec.points.map(function (point) {
            return { value: [number(point[0]), number(point[1])], itemStyle: { color: colour(point[2]), opacity: (only !== null && point[2] !== only) || spec.rms[point[2]][0] === "" ? 0.5 : 0.85 } };
          })
        },
        {
          type: "scatter", name: "rms", clip: true, symbol: "diamond", symbolSize: spec.rms.length > 150 ? 9 : 13, z: 3,
          data: spec.rms.map(function (rm, at) {
            return rm[2] === null ? null : { value: [number(rm[2]), number(rm[3])], rm: at, itemStyle: { color: colour(at), borderColor: style.ink, borderWidth: 1.2 } };
          }).filter(Boolean)
        }
      ],
      tooltip: {
        trigger: "item",
        formatter: function (hit) {
          if (hit.seriesName === "rms") {
            var at = hit.data.rm;
            var held = spec.points.filter(function (point) { return point[2] === at; }).length;
            return tip(spec.rms[at][1], [[spec.labels.customer, grouped(String(held))]]);
          }
          var point = spec.points[hit.dataIndex];
          return tip(point[3], [[spec.labels.rm, spec.rms[point[2]][1]], [spec.labels.value, exact(point[4], "money")],
            [spec.labels.km, exact(point[5], "km")]]);
        }
      }
    });
  }

  function mapTools(id, spec, redraw) {
    var tools = document.querySelector('[data-tools-for="' + id + '"]');
    var label = document.createElement("label");
    var select = document.createElement("select");
    label.textContent = spec.labels.choose + " ";
    [["", spec.labels.all]].concat(spec.rms.map(function (rm, at) { return [String(at), rm[1]]; })).forEach(function (pair) {
      var option = document.createElement("option");
      option.value = pair[0];
      option.textContent = pair[1];
      select.appendChild(option);
    });
    select.addEventListener("change", function () { redraw(select.value); });
    label.appendChild(select);
    tools.appendChild(label);
    tools.hidden = false;
  }

  /* ---- page ---- */

  var kinds = { bars: drawBars, butterfly: drawButterfly, ranked: drawRanked, steps: drawSteps, scatter: drawScatter, panels: drawPanels, heat: drawHeat, map: drawMap };

  function mount(holder) {
    var id = holder.getAttribute("data-chart");
    var spec = data.charts[id];
    var state = { chosen: "" };
    var wanted = Number(holder.getAttribute("data-height"));
    function heightFor(width) {
      if (spec.kind === "panels") { return panelsHeight(spec, width); }
      if (spec.kind === "map") { return Math.min(wanted, Math.max(320, Math.round(width * 0.75))); }
      return wanted + 23 * Math.max(0, legendRows(spec, width) - 1);
    }
    holder.style.height = heightFor(holder.clientWidth) + "px";
    var chart = echarts.init(holder, null, { renderer: "svg" });
    function draw() {
      var width = holder.clientWidth;
      var height = heightFor(width);
      holder.style.height = height + "px";
      chart.resize({ width: width, height: height });
      chart.setOption(kinds[spec.kind](spec, look(), width, height, state.chosen), true);
      chart.getZr().refreshImmediately();
    }
    draw();
    if (spec.kind === "map") { mapTools(id, spec, function (chosen) { state.chosen = chosen; draw(); }); }
    drawn.push(draw);
  }

  function drawAll() { drawn.forEach(function (draw) { draw(); }); }

  document.querySelectorAll("[data-chart]").forEach(mount);
  document.documentElement.setAttribute("data-charts", String(drawn.length));

  var waiting = null;
  window.addEventListener("resize", function () { clearTimeout(waiting); waiting = setTimeout(drawAll, 120); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.addEventListener("beforeprint", function () { document.documentElement.classList.add("printing"); drawAll(); });
  window.addEventListener("afterprint", function () { document.documentElement.classList.remove("printing"); drawAll(); });
}());
