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
    field(panel).focus();
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
    else if (pick) { event.preventDefault(); pick.checked = true; one("[data-ld-other]").value = ""; pick.focus(); }
    else if (key === "u" && one("[data-ld-other]")) { event.preventDefault(); one("[data-ld-other]").focus(); }
    // While a panel is open its letter is being decided in another way: no other key may pass it on.
    if (one("[data-ld-panel][open]") && /^[zb]$/.test(key)) { event.preventDefault(); event.stopImmediatePropagation(); }
    // A radio button lies under the cursor after a digit; the desk's own script takes that for typing.
    else if (event.target.matches("input[type=radio], input[type=checkbox]") && /^[a-z]$/.test(key)) {
      const target = one(`[data-lx-key="${CSS.escape(key)}"]`);
      if (target) { event.preventDefault(); target.click(); }
    }
  }, true);

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
    if (matchMedia("(pointer: fine)").matches) body.focus({ preventScroll: true });
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
    all("[data-ld-panel]").forEach((panel) => panel.addEventListener("toggle", () => { if (panel.open) open(panel); }));
    all("[data-ld-main]").forEach((radio) => radio.addEventListener("change", () => { one("#main-number").value = radio.value; }));
    all("[data-ld-all]").forEach((box) => {
      box.closest("label").hidden = false;
      box.addEventListener("change", () => all("input[name=case]", box.form).forEach((pick) => { pick.checked = box.checked; }));
    });
    all("form[data-ld-keep]").forEach(keep);
    // A link from a list leads to a deed: it is open when one arrives.
    const wanted = /^#deed-/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (wanted) { wanted.open = true; wanted.scrollIntoView({ block: "center" }); }
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", ready) : ready();
})();
