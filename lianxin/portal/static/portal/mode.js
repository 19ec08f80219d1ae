/* Runs before the first paint, so that nobody sees the page jump: the reader's mode and aids, as chosen before. */
(function () {
  "use strict";
  var root = document.documentElement;
  if (/(?:^|;\s*)lianxin_mode=elder(?:;|$)/.test(document.cookie)) root.setAttribute("data-mode", "elder");
  try {
    var kept = JSON.parse(localStorage.getItem("lianxin-aids") || "{}");
    ["size", "contrast", "pointer", "ruler", "speech"].forEach(function (name) {
      if (kept[name]) root.setAttribute("data-" + name, kept[name]);
    });
  } catch (error) { /* A browser that keeps nothing shows the page as it is. */ }
})();
