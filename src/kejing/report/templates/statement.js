/* Opens what a link leads to, and everything or nothing on demand; print shows what is open. Nothing here loads or stores. */
(function () {
  "use strict";
  var all = Array.prototype.slice.call(document.querySelectorAll("details"));
  function reveal() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    for (var at = target.parentElement; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") { at.open = true; }
    }
    if (target.classList.contains("register") || target.tagName === "ARTICLE") {
      var inner = target.querySelector("details");
      if (inner && target.classList.contains("register")) { inner.open = true; }
    }
    target.scrollIntoView();
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-open]"), function (button) {
    button.addEventListener("click", function () {
      all.forEach(function (one) { one.open = button.getAttribute("data-open") === "all"; });
    });
  });
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", function () { document.documentElement.classList.add("printing"); });
  window.addEventListener("afterprint", function () { document.documentElement.classList.remove("printing"); });
  reveal();
}());
