/* Accessibility bar, tools of an article, offline page. Every page is complete without this file. */
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "lianxin-aids";
  var LARGEST = 4;
  var AIDS = [["contrast", "高对比"], ["pointer", "大鼠标"], ["ruler", "阅读辅助线"], ["speech", "指读"]];
  var speech = window.speechSynthesis && window.SpeechSynthesisUtterance ? window.speechSynthesis : null;

  function keep() {
    var kept = {};
    ["size", "contrast", "pointer", "ruler", "speech"].forEach(function (name) {
      var value = root.getAttribute("data-" + name);
      if (value) kept[name] = value;
    });
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch (error) { /* private window: lasts as long as the page */ }
  }

  function set(name, value) {
    if (value) root.setAttribute("data-" + name, value); else root.removeAttribute("data-" + name);
    keep();
  }

  function resize(step) {
    var size = Number(root.getAttribute("data-size") || 0) + step;
    set("size", size <= 0 ? "" : String(Math.min(size, LARGEST)));
    say(size <= 0 ? "标准字号" : "字号已放大 " + Math.min(size, LARGEST) + " 级");
  }

  /* ---- what is announced to screen readers ---- */
  var status = document.createElement("p");
  status.className = "sr";
  status.setAttribute("role", "status");
  document.body.appendChild(status);
  function say(text) { status.textContent = text; }

  function button(label, act, pressed) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", function () { act(made); });
    return made;
  }

  /* ---- the bar ---- */
  var bar = null;
  var opener = document.querySelector("[data-opens=a11y]");

  function build() {
    bar = document.createElement("section");
    bar.className = "a11y";
    bar.setAttribute("aria-label", "无障碍工具");
    var line = document.createElement("div");
    line.className = "wrap";
    line.appendChild(button("放大", function () { resize(1); }));
    line.appendChild(button("缩小", function () { resize(-1); }));
    AIDS.forEach(function (aid) {
      if (aid[0] === "speech" && !speech) return;
      line.appendChild(button(aid[1], function (self) {
        var on = !root.hasAttribute("data-" + aid[0]);
        set(aid[0], on ? "on" : "");
        self.setAttribute("aria-pressed", String(on));
        applyRuler();
        if (!on && speech) speech.cancel();
        say(aid[1] + (on ? "已打开" : "已关闭"));
      }, root.hasAttribute("data-" + aid[0])));
    });
    if (speech) line.appendChild(button("连续朗读", function () { read(document.querySelector("[data-reads]") || document.getElementById("main")); }));
    line.appendChild(button("恢复标准", function () {
      ["size", "contrast", "pointer", "ruler", "speech"].forEach(function (name) { root.removeAttribute("data-" + name); });
      keep(); applyRuler(); stop();
      bar.querySelectorAll("[aria-pressed]").forEach(function (one) { one.setAttribute("aria-pressed", "false"); });
      say("已恢复标准显示");
    }));
    line.appendChild(button("关闭工具条", close));
    bar.appendChild(line);
    document.body.insertBefore(bar, document.body.firstChild.nextSibling);
    bar.addEventListener("keydown", function (event) { if (event.key === "Escape") close(); });
  }

  function close() {
    if (bar) { bar.remove(); bar = null; }
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  }

  if (opener) {
    var toggle = document.createElement("button");
    toggle.type = "button";
    toggle.textContent = opener.textContent;
    toggle.setAttribute("aria-expanded", "false");
    toggle.addEventListener("click", function () {
      if (bar) { close(); return; }
      build();
      toggle.setAttribute("aria-expanded", "true");
      bar.querySelector("button").focus();
    });
    opener.replaceWith(toggle);
    opener = toggle;
  }

  /* ---- ruler ---- */
  var ruler = null;
  function place(y) { if (ruler) ruler.style.top = y + "px"; }
  function applyRuler() {
    if (root.hasAttribute("data-ruler") === Boolean(ruler)) return;
    if (ruler) { ruler.remove(); ruler = null; return; }
    ruler = document.createElement("div");
    ruler.className = "ruler";
    ruler.setAttribute("aria-hidden", "true");
    document.body.appendChild(ruler);
    place(window.innerHeight / 3);
  }
  document.addEventListener("pointermove", function (event) { place(event.clientY); });
  document.addEventListener("focusin", function (event) {
    var box = event.target.getBoundingClientRect();
    place(box.top + box.height / 2);
    if (root.hasAttribute("data-speech")) speak(words(event.target));
  });
  applyRuler();

  /* ---- reading aloud ---- */
  var turn = 0;
  var marked = null;
  function words(element) { return (element.getAttribute("aria-label") || element.textContent || "").replace(/\s+/g, " ").trim(); }
  function mark(element) {
    if (marked) marked.classList.remove("speaking");
    marked = element;
    if (marked) marked.classList.add("speaking");
  }
  function speak(text, after) {
    if (!speech || !text) return;
    speech.cancel();
    var one = new SpeechSynthesisUtterance(text.slice(0, 400));
    one.lang = "zh-CN";
    if (after) one.onend = after;
    speech.speak(one);
  }
  function stop() { turn += 1; if (speech) speech.cancel(); mark(null); pressed(false); }
  function pressed(on) {
    document.querySelectorAll("[data-does=read]").forEach(function (one) {
      one.setAttribute("aria-pressed", String(on));
      one.textContent = on ? "停止朗读" : "朗读";
    });
  }
  function read(place) {
    if (!speech || !place) return;
    stop();
    var mine = turn;
    var parts = Array.prototype.filter.call(place.querySelectorAll("h1, h2, h3, p, li, td, th, figcaption"), function (one) {
      return one.offsetParent !== null && words(one) && !one.querySelector("p, li") && !one.closest(".tools");
    });
    pressed(true);
    (function next(index) {
      if (mine !== turn) return;
      if (index >= parts.length) { stop(); return; }
      mark(parts[index]);
      speak(words(parts[index]), function () { next(index + 1); });
    })(0);
  }
  document.addEventListener("pointerover", function (event) {
    if (!root.hasAttribute("data-speech")) return;
    var target = event.target.closest("a, button, h1, h2, h3, p, li, td, th, label");
    if (target && target !== marked) { mark(target); speak(words(target)); }
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") stop(); });
  window.addEventListener("pagehide", function () { if (speech) speech.cancel(); });

  /* ---- tools of an article ---- */
  var deeds = {
    larger: function () { resize(1); },
    smaller: function () { resize(-1); },
    print: function () { window.print(); },
    read: function () { if (marked) stop(); else read(document.querySelector("[data-reads]")); }
  };
  document.querySelectorAll("[data-does]").forEach(function (one) {
    var name = one.getAttribute("data-does");
    if (name === "read" && !speech) return;
    one.hidden = false;
    one.addEventListener("click", deeds[name]);
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".tools details").forEach(function (one) { one.open = true; });
  });

  /* ---- offline page ---- */
  if ("serviceWorker" in navigator && window.isSecureContext) {
    window.addEventListener("load", function () { navigator.serviceWorker.register("/sw.js").catch(function () {}); });
  }
})();
