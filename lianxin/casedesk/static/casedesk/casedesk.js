// Letters at the desk: panels by key, units by number, and the reply kept on the server while it is typed. Every page works without it.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (node) => node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && !/^(radio|checkbox)$/.test(node.type));

  // --- one key each ---------------------------------------------------------------------------------------------------
  const field = (panel) => one("textarea", panel) || one("input[type=text], select", panel);

  function open(panel) {
    all("[data-ld-panel][open]").forEach((other) => { if (other !== panel) other.open = false; });
    panel.open = true;
    // At once, or the next letters of somebody who types fast would be taken for keys.
    const first = field(panel);
    first.focus();
    // What is suggested goes when something else is typed over it.
    if (first.tagName === "INPUT") first.select();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        const panel = event.target.closest("[data-ld-panel]");
        if (panel) one("button[type=submit]", panel).click();
      }
      return;
    }
    if (event.key === "Escape") {
      const panel = one("[data-ld-panel][open]");
      if (panel) { panel.open = false; one("summary", panel).focus(); }
      return;
    }
    if (typing(event.target)) return;
    const key = event.key.toLowerCase();
    const panel = one(`[data-ld-panel="${CSS.escape(key)}"]`);
    const pick = one(`[data-ld-pick="${CSS.escape(key)}"]`);
    if (panel) { event.preventDefault(); open(panel); }
    else if (pick) { event.preventDefault(); pick.checked = true; pick.dispatchEvent(new Event("change", { bubbles: true })); pick.focus(); }
    else if (key === "u" && one("[data-ld-other]")) { event.preventDefault(); (one("[data-ld-find]") || one("[data-ld-other]")).focus(); }
    // While a panel is open its letter is being decided in another way: no other key may pass it on.
    if (one("[data-ld-panel][open]") && /^[zb]$/.test(key)) { event.preventDefault(); event.stopImmediatePropagation(); }
    // A radio button lies under the cursor after a digit; the desk's own script takes that for typing.
    else if (event.target.matches("input[type=radio], input[type=checkbox]") && /^[a-z]$/.test(key)) {
      const target = one(`[data-lx-key="${CSS.escape(key)}"]`);
      if (target) { event.preventDefault(); target.click(); }
    }
  }, true);

  // --- a unit is found by typing ----------------------------------------------------------------------------------------
  // The first sign of each group of initials in the order of pinyin; what sorts before it has an earlier initial.
  const GROUPS = "阿八嚓哒妸发旮哈讥咔垃妈拿哦啪期然撒塌挖昔压匝", INITIALS = "abcdefghjklmnopqrstwxyz";
  const SHOWN = 8;

  function initials(text) {
    const order = new Intl.Collator("zh-CN-u-co-pinyin");
    // A browser without that order finds by the signs alone.
    if (!Intl.Collator.supportedLocalesOf("zh-CN").length || order.compare("阿", "匝") >= 0) return "";
    return [...text].map((sign) => {
      if (!/\p{Script=Han}/u.test(sign)) return /[a-z0-9]/i.test(sign) ? sign.toLowerCase() : "";
      let at = 0;
      while (at + 1 < GROUPS.length && order.compare(sign, GROUPS[at + 1]) >= 0) at += 1;
      return INITIALS[at];
    }).join("");
  }

  // Where what was typed begins in a name, and how many signs stand between: none for 教育局 in 市教育局, two for 卫健委 in 市卫生健康委.
  function fit(typed, text) {
    const signs = [...text], found = [];
    signs.forEach((sign, start) => {
      let at = start - 1;
      for (const wanted of typed) {
        at = signs.indexOf(wanted, at + 1);
        if (at < start) return;
      }
      if (sign === typed[0]) found.push({ start, gap: at - start + 1 - typed.length });
    });
    return found.sort((one, other) => one.start - other.start || one.gap - other.gap)[0];
  }

  // A list of hundreds of units cannot be typed into in Chinese: a field takes its place, which finds by signs or by initials (wjw for 卫健委, whatever its whole name).
  function findable(select) {
    const units = [...select.options].filter((option) => option.value).map((option) => ({ value: option.value, name: option.text, letters: initials(option.text) }));
    const input = Object.assign(document.createElement("input"), { type: "text", id: `${select.id}-find`, autocomplete: "off", spellcheck: false });
    const list = Object.assign(document.createElement("ul"), { id: `${select.id}-list`, className: "ld-found", hidden: true });
    const said = Object.assign(document.createElement("p"), { className: "lx-help ld-said-unit", tabIndex: -1 });
    const label = one(`label[for="${select.id}"]`), picks = all("[data-ld-pick]"), first = picks.find((pick) => pick.checked) || picks[0];
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "data-ld-find": "", placeholder: "单位名称或拼音首字母" };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "找到的单位");
    said.setAttribute("role", "status");
    label.htmlFor = input.id;
    select.hidden = true;
    select.style.display = "none";
    select.after(input, list, said);
    let found = [], at = 0;

    const tell = () => {
      const chosen = select.selectedOptions[0];
      input.value = select.value ? chosen.text : "";
      said.textContent = select.value ? `交给${chosen.text}。` : "";
    };
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const mark = () => {
      [...list.children].forEach((row, index) => row.setAttribute("aria-selected", index === at));
      if (!found.length) return;
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    };

    function look() {
      const signs = [...input.value.trim().toLowerCase()], typed = signs.join("");
      // 市 begins nearly every name and tells nothing, unless it is typed.
      const begins = (text) => (typed.startsWith("市") ? text : text.replace(/^市/, ""));
      const fitting = (unit) => fit(signs, begins(unit.name.toLowerCase())) || fit(signs, unit.name.startsWith("市") ? unit.letters.slice(1) : unit.letters) || fit(signs, unit.letters);
      const ranked = typed ? units.map((unit, order) => ({ unit, order, ...fitting(unit) })).filter((row) => row.start !== undefined) : [];
      // Nearer to the name's beginning, then with less between; of two alike the shorter: 卫健委 the city's, not the county's office of it.
      ranked.sort((one, other) => one.start - other.start || one.gap - other.gap || one.unit.name.length - other.unit.name.length || one.order - other.order);
      found = ranked.slice(0, SHOWN).map((row) => row.unit);
      at = 0;
      list.replaceChildren(...found.map((unit, index) => {
        const row = Object.assign(document.createElement("li"), { id: `${list.id}-${index}`, textContent: unit.name });
        row.setAttribute("role", "option");
        row.addEventListener("mousedown", (event) => { event.preventDefault(); choose(unit); });
        return row;
      }));
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      said.textContent = typed && !found.length ? "没有找到这样的单位。" : "";
      mark();
    }

    function choose(unit) {
      select.value = unit.value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      close();
      // Out of the field: the next letter is a decision again.
      said.focus();
    }

    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", look);
    input.addEventListener("blur", () => {
      close();
      if (!input.value.trim() && select.value) { select.value = ""; select.dispatchEvent(new Event("change", { bubbles: true })); }
      else tell();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter") { event.preventDefault(); if (!event.repeat && found[at] && !list.hidden) choose(found[at]); }
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); tell(); }
      else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
        event.preventDefault();
        at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
        mark();
      }
    });
    select.addEventListener("change", () => {
      // One of the two is meant, and it is to be seen which.
      picks.forEach((pick) => { pick.checked = !select.value && pick === first; });
      tell();
    });
    picks.forEach((pick) => pick.addEventListener("change", () => { select.value = ""; tell(); }));
    if (select.value) picks.forEach((pick) => { pick.checked = false; });
    tell();
  }

  // Sentences to choose from are one stop of the Tab key; arrows go along them.
  function oneStop(chips) {
    const buttons = all("button", chips);
    chips.setAttribute("role", "toolbar");
    chips.setAttribute("aria-label", "常用的话，左右键选择");
    const stop = (chosen) => buttons.forEach((button) => { button.tabIndex = button === chosen ? 0 : -1; });
    stop(buttons[0]);
    chips.addEventListener("focusin", (event) => stop(event.target));
    chips.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length].focus();
    });
  }

  // --- a reply is kept --------------------------------------------------------------------------------------------------
  function keep(form) {
    const store = form.dataset.ldStore, saved = one("[data-ld-saved]"), list = one("[data-ld-findings]");
    const read = () => [...new FormData(form).entries()].filter(([name]) => !["csrfmiddlewaretoken", "base", "seen"].includes(name));
    const start = JSON.stringify(read());
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(store) || "null"); } catch { kept = null; }
    if (kept && JSON.stringify(kept.values) !== start && !("ldBound" in form.dataset)) {
      const offer = one("[data-ld-restore]", form);
      offer.hidden = false;
      one("time", offer).textContent = new Date(kept.at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
      one("[data-ld-take]", offer).addEventListener("click", () => {
        const counts = {};
        kept.values.forEach(([name, value]) => {
          const nodes = all(`[name="${CSS.escape(name)}"]`, form), at = counts[name] || 0;
          counts[name] = at + 1;
          if (nodes[at]) nodes[at].type === "checkbox" ? (nodes[at].checked = true) : (nodes[at].value = value);
        });
        offer.hidden = true;
        send();
      });
      one("[data-ld-leave]", offer).addEventListener("click", () => { localStorage.removeItem(store); offer.hidden = true; });
    }

    const body = one("#id_body", form);
    // What was found and only asks is confirmed where one arrives, not behind all the fields.
    const asks = one("#seen", form);
    if (asks) asks.focus();
    else if (matchMedia("(pointer: fine)").matches) body.focus({ preventScroll: true });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) one(`button[value=send][form="${form.id}"]`).click();
    });

    let timer = 0, sent = false;
    form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
    form.addEventListener("input", () => {
      try { localStorage.setItem(store, JSON.stringify({ at: Date.now(), values: read() })); } catch { /* the server keeps it as well */ }
      clearTimeout(timer);
      timer = setTimeout(send, 1500);
    });

    async function send() {
      if (sent) return;
      const before = JSON.stringify(read());
      try {
        const answer = await fetch(form.dataset.ldKeep, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
        const told = await answer.json();
        if (!answer.ok) throw new Error(told.error || "");
        if (JSON.stringify(read()) === before) localStorage.removeItem(store);
        const at = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
        saved.textContent = told.behind ? "这件有了别的答复文字，送审前请先刷新看看" : `${at} 已存草稿`;
        show(told.findings);
      } catch (error) {
        saved.textContent = error.message && !/fetch|JSON/i.test(error.message) ? error.message : "没有连上服务器，已暂存在本机浏览器";
      }
    }

    function show(findings) {
      list.replaceChildren();
      if (!findings.length) { list.append(Object.assign(document.createElement("p"), { className: "lx-help", textContent: "没有发现问题。机器只作提醒，请您判断。" })); return; }
      [[true, "必须改正", "ld-findings ld-findings-bad"], [false, "请您看一看", "ld-findings"]].forEach(([blocking, title, name]) => {
        const rows = findings.filter((row) => row.blocking === blocking);
        if (!rows.length) return;
        const part = Object.assign(document.createElement("div"), { className: name });
        part.append(Object.assign(document.createElement("h3"), { textContent: `${title}（${rows.length}）` }));
        const items = document.createElement("ul");
        rows.forEach((row) => {
          const item = document.createElement("li");
          item.append(Object.assign(document.createElement("b"), { textContent: row.label }), `　${row.advice}`);
          items.append(item);
        });
        part.append(items);
        list.append(part);
      });
    }
  }

  function ready() {
    all("[data-ld-panel]").forEach((panel) => panel.addEventListener("toggle", () => {
      // This event comes late: whoever opened by key and went on to the next field stays there.
      if (panel.open && !one(".ld-panel-body", panel).contains(document.activeElement)) open(panel);
    }));
    all("[data-ld-other]").forEach(findable);
    all("[data-ld-panel] [data-lx-fill]").forEach(oneStop);
    all("[data-ld-main]").forEach((radio) => radio.addEventListener("change", () => { one("#main-number").value = radio.value; }));
    all("[data-ld-all]").forEach((box) => {
      box.closest("label").hidden = false;
      box.addEventListener("change", () => all("input[name=case]", box.form).forEach((pick) => { pick.checked = box.checked; }));
    });
    all("form[data-ld-keep]").forEach(keep);
    // A link from a list leads to a deed: it is open when one arrives.
    const wanted = /^#deed-/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (wanted) {
      // With whatever it is folded away in.
      for (let around = wanted; around; around = around.parentElement.closest("details")) around.open = true;
      wanted.scrollIntoView({ block: "center" });
    }
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", ready) : ready();
})();
