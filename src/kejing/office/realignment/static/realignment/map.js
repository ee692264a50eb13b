// Customers at their places, coloured by RM: before and after. Each RM keeps his colour and his mark in both.

const points = JSON.parse(document.getElementById("map-points").textContent);
const names = [...new Set(points.flatMap((point) => [point.before, point.after]))].sort();
const marks = ["circle", "rect", "triangle", "diamond", "pin"];
const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();

const draw = () => {
  for (const box of document.querySelectorAll("[data-map]")) {
    const side = box.dataset.map;
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({
      animation: false,
      textStyle: { color: colour("--ink") },
      legend: { type: "scroll", bottom: 0, textStyle: { color: colour("--ink") } },
      grid: { left: 8, right: 8, top: 8, bottom: 40 },
      tooltip: { renderMode: "richText", formatter: (hit) => `${hit.data[2]}\n${hit.seriesName}` },
      xAxis: { type: "value", scale: true, axisLabel: { show: false }, splitLine: { lineStyle: { color: colour("--line") } } },
      yAxis: { type: "value", scale: true, axisLabel: { show: false }, splitLine: { lineStyle: { color: colour("--line") } } },
      series: names.map((name, number) => ({
        type: "scatter", name, symbol: marks[number % marks.length], symbolSize: 9,
        itemStyle: { color: colour(`--series-${number % 5}`) },
        data: points.filter((point) => point[side] === name).map((point) => [point.lon, point.lat, point.name]),
      })).filter((series) => series.data.length > 0),
    });
    new ResizeObserver(() => chart.resize()).observe(box);
  }
};
if (window.echarts) draw(); else window.addEventListener("load", draw);
