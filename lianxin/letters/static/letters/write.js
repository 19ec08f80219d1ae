// The page of a letter or petition in the making: what is typed is kept on the server, and in this browser where the form says so
// (data-store); only the goal that was chosen is shown.
(() => {
  "use strict";
  const store = "lianxin-letter";
  const remember = (deed) => { try { return deed(window.localStorage); } catch { return null; } };
  if (document.querySelector("[data-sent]")) remember((kept) => kept.removeItem(store));

  const form = document.querySelector("form[data-keeps]");
  if (!form) return;
  document.documentElement.classList.add("js");
  const note = form.querySelector(".kept-note");
  const text = form.elements.text;
  const say = (words) => { note.hidden = false; note.textContent = words; };

  const keepsHere = "store" in form.dataset;
  const before = keepsHere && remember((kept) => JSON.parse(kept.getItem(store) || "null"));
  if (before && before.text && !text.value) {
    for (const name of ["text", "place", "subject"]) if (!form.elements[name].value) form.elements[name].value = before[name] || "";
    say("已经找回上次没写完的内容。");
  }

  const goals = (event) => {
    const chosen = form.querySelector('input[name="to"]:checked, input[name="kind"]:checked');
    for (const goal of form.querySelectorAll("[data-goal]")) {
      const meant = Boolean(chosen) && chosen.value === goal.dataset.goal;
      // What belongs to a report alone: emptied when something else is chosen; shown where an answer says that it should not be there.
      const fields = [...goal.querySelectorAll("select, input")], filled = fields.some((field) => (field.type === "checkbox" ? field.checked : field.value));
      if (event?.target.name === "kind" && !meant) for (const field of fields) { if (field.type === "checkbox") field.checked = false; else field.value = ""; }
      goal.classList.toggle("chosen", meant || (!event && filled && chosen?.name === "kind"));
    }
  };
  form.addEventListener("change", (event) => { if (event.target.name === "to" || event.target.name === "kind") goals(event); });
  goals();

  let waiting = 0;
  const keep = async () => {
    const data = new FormData(form);
    data.delete("attachments");
    try {
      const answer = await fetch(form.dataset.keeps, { method: "POST", body: data, credentials: "same-origin" });
      if (answer.ok) say("已自动保存。");
    } catch { /* No network: the copy in this browser stays. */ }
  };
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    if (keepsHere) {
      const typed = Object.fromEntries(["text", "place", "subject"].map((name) => [name, form.elements[name].value]));
      remember((kept) => kept.setItem(store, JSON.stringify(typed)));
    }
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, 2000);
  });
  form.addEventListener("submit", () => window.clearTimeout(waiting));
  document.querySelector("[data-forgets]")?.addEventListener("submit", () => remember((kept) => kept.removeItem(store)));
})();
