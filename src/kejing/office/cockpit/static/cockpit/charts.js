// Bars of the cockpit. Each chart says the same as the numbers beside it.

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();
const text = () => ({ color: colour("--ink") });
const axis = () => ({ axisLabel: text(), splitLine: { lineStyle: { color: colour("--line") } } });

const charts = {
  teams: (rows, box) => ({
    legend: { bottom: 0, textStyle: text() },
    grid: { left: 8, right: 24, top: 8, bottom: 36, containLabel: true },
    tooltip: { renderMode: "richText" },
    xAxis: { type: "value", ...axis() },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), ...axis(), axisLabel: { ...text(), width: 110, overflow: "truncate" } },
    series: ["required", "available"].map((part, number) => ({
      type: "bar", name: box.dataset[part], itemStyle: { color: colour(`--series-${1 - number}`) }, data: rows.map((row) => Number(row[part].toFixed(1))),
    })),
  }),
  measures: (rows) => ({
    grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", ...axis(), axisLabel: { ...text(), formatter: (share) => `${Math.round(share * 100)} %` } },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), ...axis() },
    series: [{
      type: "bar", itemStyle: { color: colour("--series-0") }, data: rows.map((row) => row.share),
      label: { show: true, position: "right", ...text(), formatter: (hit) => `${(hit.value * 100).toFixed(1)} %` },
    }],
  }),
};

const draw = () => {
  for (const box of document.querySelectorAll("[data-chart]")) {
    const rows = JSON.parse(document.getElementById(box.dataset.from).textContent);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption({ animation: false, textStyle: text(), ...charts[box.dataset.chart](rows, box) });
    new ResizeObserver(() => chart.resize()).observe(box);
  }
};
if (window.echarts) draw(); else window.addEventListener("load", draw);
