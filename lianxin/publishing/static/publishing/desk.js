// The desk's own few lines: keys, chips, the rich area, and a draft kept in the browser. Every page works without them.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);

  // --- scrolling ----------------------------------------------------------------------------------------------------
  // Wagtail scrolls its main part, not the page: a long screen without links must be reachable by key as well.
  const main = one("#main");
  if (main && main.scrollHeight > main.clientHeight) main.tabIndex = 0;
  // Nor does a key move it before something inside has been focused: whoever decides by key must be able to read to the end first.
  document.addEventListener("keydown", (event) => {
    if (!main || event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const screen = main.clientHeight * 0.9;
    const by = { PageDown: screen, PageUp: -screen, " ": event.shiftKey ? -screen : screen, ArrowDown: 40, ArrowUp: -40, End: main.scrollHeight, Home: -main.scrollHeight }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    main.scrollBy({ top: by });
  });

  // --- keys ---------------------------------------------------------------------------------------------------------
  const opened = Date.now();
  // A key held down or struck twice must not sign an article that nobody has seen yet.
  const SETTLE = 800;

  function move(by) {
    const items = all("[data-lx-item]");
    if (!items.length) return false;
    const at = items.indexOf(document.activeElement);
    const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === "Escape") {
      const panel = one("[data-lx-reject][open]");
      if (panel) { panel.open = false; one("summary", panel).focus(); }
      return;
    }
    if (typing(event.target)) return;
    const key = event.key.toLowerCase();
    const target = one(`[data-lx-key="${CSS.escape(key)}"]`);
    if (target) {
      const rejecting = one("[data-lx-reject][open]");
      // Nor may one who is about to write why the article goes back sign it by a quick finger.
      if (target.hasAttribute("data-lx-settle") && (rejecting || Date.now() - opened < SETTLE)) return;
      event.preventDefault();
      target.click();
      // At once: the panel's own toggle event comes later than the next letter of somebody who types fast.
      const panel = one("[data-lx-reject][open]");
      if (panel && !rejecting) one("textarea", panel).focus();
    } else if ((key === "j" || key === "k") && move(key === "j" ? 1 : -1)) {
      event.preventDefault();
    } else if (key === "x" && document.activeElement.matches("[data-lx-item]")) {
      const box = one("input[type=checkbox]", document.activeElement.closest("li"));
      if (box) { box.checked = !box.checked; event.preventDefault(); }
    }
  });

  // --- names ---------------------------------------------------------------------------------------------------------
  // Wagtail leaves these without a name, or with an English one, for those who listen to the page.
  const NAMES = { ".public-DraftEditor-content": "正文", "#fileupload": "选择文件", "#w-slim-header-buttons": "操作" };

  function name_nameless() {
    Object.entries(NAMES).forEach(([selector, name]) => {
      all(selector).forEach((node) => { if (node.ariaLabel !== name && (!node.ariaLabel || node.ariaLabel === "Actions")) node.ariaLabel = name; });
    });
  }

  function ready() {
    name_nameless();
    if (one("#page-edit-form, [data-edit-form]")) {
      new MutationObserver(name_nameless).observe(document.body, { childList: true, subtree: true });
    }
    const reject = one("[data-lx-reject]");
    if (reject) {
      // This event comes late: whoever opened by key and went on to the next field stays there.
      reject.addEventListener("toggle", () => {
        const at = document.activeElement;
        if (reject.open && (!reject.contains(at) || at.tagName === "SUMMARY")) one("textarea", reject).focus();
      });
      one("textarea", reject).addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) one("button[value=reject]", reject).click();
      });
    }
    all("[data-lx-fill]").forEach((chips) => {
      const field = document.getElementById(chips.dataset.lxFill);
      chips.hidden = false;
      chips.addEventListener("click", (event) => {
        if (event.target.tagName !== "BUTTON") return;
        field.value = (field.value.trim() ? field.value.trim() + "\n" : "") + event.target.textContent;
        field.focus();
      });
    });
    all("[data-lx-all]").forEach((box) => {
      box.closest("label").hidden = false;
      box.addEventListener("change", () => all("input[name=stage]").forEach((pick) => { pick.checked = box.checked; }));
    });
    all("[data-lx-choose]").forEach((form) => {
      one("button", form).hidden = true;
      one("button", form).style.display = "none";
      one("select", form).addEventListener("change", () => form.submit());
    });
    all("[data-lx-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => window.print()); });
    all("[data-lx-grow]").forEach((field) => {
      const grow = () => { field.style.height = "auto"; field.style.height = `${field.scrollHeight + 2}px`; };
      field.addEventListener("input", grow);
      field.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) event.preventDefault(); });
      grow();
    });
    all("[data-lx-counter]").forEach((counter) => {
      const field = document.getElementById(counter.dataset.lxCounter);
      const count = () => {
        const length = [...field.value].length;
        counter.textContent = length > counter.dataset.lxLimit ? `${length} 字，超过 ${counter.dataset.lxLimit} 字在手机上难以看全` : (length > 12 ? `${length} 字` : "");
      };
      field.addEventListener("input", count);
      count();
    });
    all("[data-lx-rich]").forEach(enrich);
    forgetWhatArrived();
    all("form[data-lx-autosave]").forEach(keep);
  }

  // --- the rich area -------------------------------------------------------------------------------------------------
  function enrich(area) {
    const form = area.closest("form");
    const field = document.getElementById(area.dataset.lxRich);
    const tools = one("[data-lx-tools]", form);
    const note = one("[data-lx-note]", form);
    all("[data-lx-plain]", form).forEach((node) => { node.hidden = true; node.style.display = "none"; });
    area.hidden = tools.hidden = false;
    area.contentEditable = "true";
    area.setAttribute("role", "textbox");
    area.setAttribute("aria-multiline", "true");
    area.innerHTML = one("[data-lx-start]", form).innerHTML.trim() || "<p><br></p>";
    document.execCommand("defaultParagraphSeparator", false, "p");

    const sync = () => {
      const bare = !area.textContent.trim() && !one("table, li", area);
      area.toggleAttribute("data-lx-bare", bare);
      field.value = bare ? "" : area.innerHTML;
    };
    const insert = (html) => { area.focus(); document.execCommand("insertHTML", false, html); changed(); };
    const changed = () => { sync(); form.dispatchEvent(new Event("input", { bubbles: true })); };
    area.addEventListener("input", sync);

    area.addEventListener("paste", async (event) => {
      const data = event.clipboardData;
      const html = data.getData("text/html"), text = data.getData("text/plain");
      event.preventDefault();
      if (!html && !/[\r\n]/.test(text)) { document.execCommand("insertText", false, text); return; }
      note.textContent = "正在整理粘贴的内容…";
      const body = new URLSearchParams({ html, text, csrfmiddlewaretoken: one("[name=csrfmiddlewaretoken]", form).value });
      try {
        const answer = await fetch(area.dataset.lxPaste, { method: "POST", body, headers: { Accept: "application/json" } });
        const clean = await answer.json();
        if (!answer.ok) throw new Error(clean.error || "");
        insert(clean.html);
        note.textContent = clean.pictures ? `有 ${clean.pictures} 张图片不能直接粘贴，请另行上传。` : "";
      } catch (error) {
        document.execCommand("insertText", false, text);
        note.textContent = error.message || "没有连上服务器，先按纯文字粘贴了。";
        sync();
      }
    });
    area.addEventListener("drop", (event) => event.preventDefault());

    const deeds = {
      h2: () => document.execCommand("formatBlock", false, "h2"),
      h3: () => document.execCommand("formatBlock", false, "h3"),
      p: () => document.execCommand("formatBlock", false, "p"),
      bold: () => document.execCommand("bold"),
      ul: () => document.execCommand("insertUnorderedList"),
      ol: () => document.execCommand("insertOrderedList"),
      link: () => { const href = window.prompt("链接的网址（https://…）"); if (href && /^https?:\/\//.test(href)) document.execCommand("createLink", false, href); },
      table: () => insert("<table><tr><th>项目</th><th>内容</th></tr><tr><td><br></td><td><br></td></tr><tr><td><br></td><td><br></td></tr></table><p><br></p>"),
    };
    tools.addEventListener("mousedown", (event) => event.preventDefault());
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      area.focus();
      deeds[button.dataset.does]();
      changed();
    });
    form.addEventListener("submit", sync);
    form.addEventListener("lx-restored", () => { area.innerHTML = field.value || "<p><br></p>"; sync(); });
    sync();
  }

  // --- a draft kept in the browser until the server has it -----------------------------------------------------------
  // A form that was sent and led to another page of the desk has arrived; one that led back to itself, or to the sign-in, has not.
  function forgetWhatArrived() {
    const sent = sessionStorage.getItem("lx-sent");
    if (!sent || !one(".lx-page")) return;
    if (!one(`form[data-lx-autosave="${CSS.escape(sent)}"]`)) localStorage.removeItem(sent);
    sessionStorage.removeItem("lx-sent");
  }

  function keep(form) {
    const key = form.dataset.lxAutosave;
    form.addEventListener("submit", () => sessionStorage.setItem("lx-sent", key));
    const saved = one("[data-lx-saved]", form);
    const skipped = (node) => !node.name || node.type === "file" || node.name === "csrfmiddlewaretoken" || node.name === "base_revision";
    const fields = () => [...form.elements].filter((node) => !skipped(node) && node.type !== "submit");
    const read = () => Object.fromEntries(fields().filter((node) => node.type !== "checkbox" || node.checked).map((node) => [node.name, node.value]));
    let stored = null;
    try { stored = JSON.parse(localStorage.getItem(key) || "null"); } catch { stored = null; }
    const start = JSON.stringify(read());
    const base = form.elements.base_revision ? form.elements.base_revision.value : "";

    if (stored && stored.base === base && JSON.stringify(stored.values) !== start && !form.dataset.lxBound) {
      const offer = one("[data-lx-restore]", form);
      offer.hidden = false;
      one("time", offer).textContent = new Date(stored.at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
      one("[data-lx-take]", offer).addEventListener("click", () => {
        fields().forEach((node) => { if (node.name in stored.values) node.type === "checkbox" ? (node.checked = true) : (node.value = stored.values[node.name]); });
        form.dispatchEvent(new Event("lx-restored"));
        all("[data-lx-grow]", form).forEach((node) => node.dispatchEvent(new Event("input")));
        offer.hidden = true;
      });
      one("[data-lx-drop]", offer).addEventListener("click", () => { localStorage.removeItem(key); offer.hidden = true; });
    } else if (!form.dataset.lxBound) {
      localStorage.removeItem(key);
    }

    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        try {
          localStorage.setItem(key, JSON.stringify({ at: Date.now(), base, values: read() }));
          saved.textContent = `${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })} 已暂存在本机浏览器`;
        } catch { saved.textContent = "本机暂存空间不足，请及时保存草稿"; }
      }, 600);
    });
  }

  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", ready) : ready();
})();
