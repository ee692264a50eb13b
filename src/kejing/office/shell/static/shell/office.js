// Keyboard: "/" search, "g" and a letter for a room, "n" and a letter for something new, "?" what there is.
// No page needs this file to work.

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
let leader = "";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (leader !== "") {
    const wanted = leader === "g" ? "letter" : "new";
    const link = document.querySelector(`[data-${wanted}="${CSS.escape(event.key)}"]`);
    leader = "";
    if (link !== null) { event.preventDefault(); link.click(); }
    return;
  }
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search !== null) { event.preventDefault(); search.focus(); }
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  } else if (event.key === "g" || event.key === "n") {
    leader = event.key;
    setTimeout(() => { leader = ""; }, 1500);
  }
});

// A refusal that htmx receives is shown where the answer would have stood.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status !== 404) event.detail.shouldSwap = true;
});
