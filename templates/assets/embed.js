// Improves a plain <form data-courant> on any site: answers appear in place, the captcha is loaded at the first touch, and
// the mail's code can be typed right here. Without it the form works as it is. `{}` is filled in by the server.
(() => {
  "use strict";
  const { words, captcha } = {};
  const home = new URL(document.currentScript.src).origin;
  const make = (tag, fields, ...inner) => {
    const element = Object.assign(document.createElement(tag), fields);
    element.append(...inner);
    return element;
  };

  const improve = (form) => {
    const [tag] = (form.elements.locale?.value || document.documentElement.lang || "en").toLowerCase().split("-");
    const locale = { no: "nb", nn: "nb" }[tag] ?? tag;
    const text = words[locale] ?? words.en;
    let spot;
    let proof;
    let loading;

    const load = (src) => (loading ??= new Promise((resolve, reject) =>
      document.head.append(make("script", { src, onload: resolve, onerror: reject }))));
    const work = () => (proof ??= load(home + captcha.script).then(() => courantProof(`${home}/captcha/challenge`)));
    const touch = async () => {
      if (captcha.kind === "proof") return work();
      await load(captcha.script);
      const api = globalThis[captcha.api];
      if (captcha.api === "grecaptcha") await new Promise((resolve) => api.ready(resolve));
      if (captcha.kind === "box") {
        if (spot !== undefined) return;
        const box = make("div");
        form.querySelector("[type=submit], button:not([type])").before(box);
        spot = api.render(box, { sitekey: captcha.key, action: captcha.action });
      }
    };
    const answer = async () => {
      if (captcha.kind === "proof") return (await work()).proof;
      if (captcha.kind === "box") return form.elements[captcha.field]?.value;
      await touch();
      return globalThis[captcha.api].execute(captcha.key, { action: captcha.action });
    };

    const complain = (form, errors) => {
      let first;
      for (const { field, message } of errors) {
        const input = field && [...form.elements].find((element) => element.name === field && element.type !== "hidden");
        const id = `courant-${field || "form"}-error`;
        const note = make("p", { id, className: "courant-error" }, message);
        note.setAttribute("role", "alert");
        if (input) {
          input.before(note);
          input.setAttribute("aria-invalid", true);
          input.setAttribute("aria-describedby", id);
        } else form.append(note);
        first ??= input;
      }
      first?.focus();
    };

    const ask = async (form, url, body) => {
      form.querySelectorAll(".courant-error").forEach((note) => note.remove());
      form.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
      form.setAttribute("aria-busy", true);
      try {
        const response = await fetch(url, {
          method: "POST", credentials: "omit", body: JSON.stringify({ ...body, locale }),
          headers: { "Content-Type": "application/json", Accept: "application/json" },
        });
        const said = await response.json();
        if (response.ok) return said;
        complain(form, said.errors ?? [{ message: said.detail ?? said.title }]);
      } finally {
        form.removeAttribute("aria-busy");
      }
    };

    const askForCode = ({ request }) => {
      const input = make("input", { name: "code", required: true, autocomplete: "one-time-code", spellcheck: false });
      const code = make("form", { className: "courant-code" },
        make("p", { role: "status" }, text.requested), make("label", {}, text.code, " ", input), " ",
        make("button", {}, text.button));
      code.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (!await ask(code, `${home}/confirm`, { code: input.value, request }).catch(() => {})) return;
        const done = make("p", { className: "courant-done", tabIndex: -1 }, text.confirmed);
        code.replaceWith(done);
        done.focus();
      });
      form.hidden = true;
      form.after(code);
      input.focus();
    };

    if (captcha) {
      for (const kind of ["focusin", "pointerdown"]) form.addEventListener(kind, () => touch().catch(() => {}), { once: true });
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.ariaBusy) return;
      try {
        const body = {};
        for (const [name, value] of new FormData(form)) (body[name] ??= []).push(value);
        for (const name in body) if (name !== "list") [body[name]] = body[name];
        if (captcha) body[captcha.field] = await answer().catch(() => {});
        proof = undefined;
        const said = await ask(form, form.action, body);
        if (said) askForCode(said);
        else if (spot !== undefined) globalThis[captcha.api].reset(spot);
      } catch {
        form.submit(); // We cannot be reached from a script: the form goes its plain way.
      }
    });
  };

  document.querySelectorAll("form[data-courant]").forEach(improve);
})();
