// The hotline's screen: what is typed is kept, what stands beside it follows, everything by key. The page works without it.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function follow(form) {
    const beside = one("[data-lh-beside]"), saved = one("[data-lh-saved]");
    // A unit or category that was only suggested makes way for a better suggestion; one that was chosen stays.
    const chosen = new Set();
    let timer = 0, running = null, sent = false, last = "", shown = null;

    function read() {
      const data = new FormData(form);
      ["unit", "category"].forEach((name) => { if (!chosen.has(name)) data.delete(name); });
      return data;
    }

    async function look() {
      if (sent) return;
      const data = read(), now = JSON.stringify([...data.entries()]);
      if (now === last) return;
      if (running) running.abort();
      running = new AbortController();
      try {
        const answer = await fetch(form.dataset.lhLook, { method: "POST", body: data, signal: running.signal, headers: { "X-Requested-With": "fetch" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const html = await answer.text();
        last = now;
        const at = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
        saved.textContent = `${at} 已存`;
        show(html);
      } catch (error) {
        if (error.name !== "AbortError") saved.textContent = "没有连上服务器，请按“查一查”再试";
      }
    }

    function show(html) {
      const active = beside.contains(document.activeElement) ? document.activeElement : null;
      // Nothing is taken away from under the fingers: what is open or being chosen waits for the next time.
      if (active || one("details[open]", beside)) { last = ""; return; }
      const options = one("#other-unit", beside), typed = options.value, opinion = one("#opinion", beside).value, categories = one("#category optgroup:last-child", beside);
      const list = options.innerHTML, listed = categories ? categories.innerHTML : "";
      beside.innerHTML = html;
      const fresh = one("#other-unit", beside);
      if (fresh.options.length < 2) fresh.innerHTML = list;
      fresh.value = typed;
      one("#opinion", beside).value = opinion;
      const rest = one("#category optgroup:last-child", beside);
      if (rest && !rest.children.length) rest.innerHTML = listed;
      ready_answers();
    }

    function later(event) {
      if (["unit", "category"].includes(event.target.name)) chosen.add(event.target.name);
      clearTimeout(timer);
      timer = setTimeout(look, event.target.id === "telephone" ? 300 : 700);
    }

    form.addEventListener("input", later);
    // Units and categories belong to the form and stand outside it in the tree.
    beside.addEventListener("change", (event) => { if (event.target.dataset.lhPick) one("#other-unit").value = ""; });
    form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });

    function ready_answers() {
      all("[data-lh-use]", beside).forEach((button) => {
        button.hidden = false;
        button.addEventListener("click", () => {
          const field = one("#answer"), text = one("[data-lh-text]", button.parentElement).innerText.trim();
          field.value = field.value.trim() ? `${field.value.trim()}\n${text}` : text;
          button.closest("details").open = false;
          field.focus();
          field.dispatchEvent(new Event("input", { bubbles: true }));
        });
      });
    }
    ready_answers();

    const ringing = one("[data-lh-ringing]");
    setInterval(async () => {
      if (sent || document.hidden || ringing.contains(document.activeElement)) return;
      try {
        const answer = await fetch(ringing.dataset.lhRinging, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok) {
          const html = await answer.text();
          if (!ringing.contains(document.activeElement) && html !== shown) { ringing.innerHTML = html; shown = html; }
        }
      } catch { /* the next time */ }
    }, 5000);

    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        one(`button[value=${event.shiftKey ? "answer" : "order"}]`, form).click();
      } else if (event.altKey && !event.ctrlKey && /^Digit[1-5]$/.test(event.code)) {
        const pick = one(`[data-lh-pick="${event.code.slice(5)}"]`);
        if (pick) { event.preventDefault(); pick.checked = true; chosen.add("unit"); one("#other-unit").value = ""; pick.focus(); }
      } else if (event.altKey && event.code === "KeyS") {
        event.preventDefault();
        (one("input[name=sort]:checked", form) || one("[data-lh-sort]", form)).focus();
      }
    });
  }

  function ready() {
    const form = one("form[data-lh-look]");
    if (form) follow(form);
    const next = one("[data-lh-next]");
    if (next) next.focus();
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", ready) : ready();
})();
