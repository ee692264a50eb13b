// Keyboard: "/" search, "g" and a letter for a room, "n" and a letter for something new, "?" what there is.
// No page needs this file to work.

const LEADERS = { g: "letter", n: "new" };
const PATIENCE = 1_500;  // ms that a leader waits for its letter
let leader = "";
let waiting = 0;

// A field keeps the focus for a moment after the dialog around it has closed: what cannot be seen is not typed in.
function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]")?.checkVisibility() ?? false;
}

function lead(key) {
  clearTimeout(waiting);  // an earlier leader's patience must not end this one's
  leader = key;
  if (key !== "") waiting = setTimeout(() => { leader = ""; }, PATIENCE);
}

// A key right after a leader means a link; where there is none, it means what it means alone.
function follow(key) {
  const link = leader === "" ? null : document.querySelector(`[data-${LEADERS[leader]}="${CSS.escape(key)}"]`);
  if (link !== null) { lead(""); link.click(); }
  return link !== null;
}

document.addEventListener("keydown", (event) => {
  const isOfThePage = !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Shift";
  if (!isOfThePage || isTyping(event.target) || document.querySelector("dialog:modal") !== null) return;
  if (follow(event.key)) { event.preventDefault(); return; }
  lead(event.key in LEADERS ? event.key : "");
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search !== null) { event.preventDefault(); search.focus(); }
  } else if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
  }
});

// A refusal that htmx receives is shown where the answer would have stood.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status !== 404) event.detail.shouldSwap = true;
});
