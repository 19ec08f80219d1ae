/* Suggestions while typing: a combobox over a box that works without it. */
(function () {
  "use strict";
  var PAUSE = 150;
  Array.prototype.forEach.call(document.querySelectorAll("form[data-suggest]"), function (form, number) {
    var input = form.querySelector("input[type=search]");
    var list = document.createElement("ul");
    var at = -1, asked = "", timer = 0, waiting = null;
    list.id = "suggestions-" + number;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "搜索建议");
    list.hidden = true;
    form.appendChild(list);
    [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]].forEach(function (pair) {
      input.setAttribute(pair[0], pair[1]);
    });

    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function option(text, href) {
      var made = document.createElement("li");
      made.id = list.id + "-" + list.children.length;
      made.setAttribute("role", "option");
      made.textContent = text;
      if (href) made.dataset.href = href;
      /* mousedown, as the box loses the focus before a click arrives */
      made.addEventListener("mousedown", function (event) { event.preventDefault(); choose(made); });
      list.appendChild(made);
    }

    function show(found) {
      list.textContent = "";
      found.words.forEach(function (word) { option(word); });
      found.titles.forEach(function (title) { option(title.title, title.href); });
      at = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = !list.children.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    function choose(item) {
      if (item.dataset.href) { window.location.assign(item.dataset.href); return; }
      input.value = item.textContent;
      close();
      form.submit();
    }

    function ask() {
      var typed = input.value.trim();
      if (!typed) { asked = ""; close(); return; }
      if (typed === asked) return;
      asked = typed;
      if (waiting) waiting.abort();
      waiting = new AbortController();
      fetch(form.dataset.suggest + "?q=" + encodeURIComponent(typed), { signal: waiting.signal })
        .then(function (answer) { return answer.ok ? answer.json() : { words: [], titles: [] }; })
        .then(function (found) { if (asked === typed && document.activeElement === input) show(found); })
        .catch(function () { /* typed on, or offline: the box works without suggestions */ });
    }

    function move(step) {
      var items = list.children;
      if (list.hidden || !items.length) return;
      if (at >= 0) items[at].removeAttribute("aria-selected");
      /* one place more than there are items: back in the box */
      at = (at + 1 + step + items.length + 1) % (items.length + 1) - 1;
      if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
      items[at].setAttribute("aria-selected", "true");
      items[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", items[at].id);
    }

    input.addEventListener("input", function (event) {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener("compositionend", ask);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
      else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
      else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(list.children[at]); }
    });
  });
}());
