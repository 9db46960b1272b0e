// Improves a plain <form data-courant> on any site: answers appear in place, the captcha is loaded at the first touch, and
// the mail's code can be typed right here. Without it the form works as it is. `{}` is filled in by the server.
(() => {
  "use strict";
  const { words, captcha } = {};
  const { kind, script, api, field, key, action } = captcha ?? {};
  const home = new URL(".", document.currentScript.src).href;
  const make = (tag, fields, ...inner) => {
    const element = Object.assign(document.createElement(tag), fields);
    element.append(...inner);
    return element;
  };

  // A form as it is by itself: a field that a site calls `action` or `submit` hides the form's own word of that name.
  const bare = (form) => new Proxy(form, {
    get: (form, name) => {
      const value = Reflect.get(HTMLFormElement.prototype, name, form);
      return typeof value === "function" ? value.bind(form) : value;
    },
    set: (form, name, value) => Reflect.set(HTMLFormElement.prototype, name, value, form),
  });

  const improve = (own) => {
    const form = bare(own);
    const [tag] = (form.elements.locale?.value || document.documentElement.lang || "en").toLowerCase().split("-");
    const locale = { no: "nb", nn: "nb" }[tag] ?? tag;
    const text = words[locale] ?? words.en;
    let spot;
    let proof;
    let loading;
    let asked;
    let busy = false;

    const load = (src) => (loading ??= new Promise((resolve, reject) =>
      document.head.append(make("script", { src, onload: resolve, onerror: reject }))));
    const work = () => (proof ??= load(home + script).then(() => courantProof(`${home}captcha/challenge`)));
    const touch = async () => {
      if (kind === "proof") return work();
      await load(script);
      const tool = globalThis[api];
      if (api === "grecaptcha") await new Promise((resolve) => tool.ready(resolve));
      if (kind === "score" || spot !== undefined) return tool;
      const box = make("div");
      form.querySelector("[type=submit], button:not([type])").before(box);
      const look = kind === "hidden" ? { size: "invisible", callback: (token) => asked(token) } : {};
      spot = tool.render(box, { sitekey: key, action, ...look });
      return tool;
    };
    const answer = async () => {
      if (kind === "proof") return (await work()).proof;
      if (kind === "box") return form.elements[field]?.value;
      const tool = await touch();
      if (kind === "score") return tool.execute(key, { action });
      return new Promise((resolve) => { asked = resolve; tool.execute(spot); });
    };

    const complain = (form, errors) => {
      let first;
      for (const { field: name, message } of errors) {
        const input = name && [...form.elements].find((element) => element.name === name && element.type !== "hidden");
        const id = `courant-${name || "form"}-error`;
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

    const askForCode = ({ request, email }) => {
      const input = make("input", { name: "code", required: true, autocomplete: "one-time-code", spellcheck: false });
      const code = make("form", { className: "courant-code" },
        make("p", { role: "status" }, text.requested, " ", make("b", {}, email)), make("label", {}, text.code, " ", input), " ",
        make("button", {}, text.button));
      code.addEventListener("submit", async (event) => {
        event.preventDefault();
        if (!await ask(code, `${home}confirm`, { code: input.value, request }).catch(() => {})) return;
        const done = make("p", { className: "courant-done", tabIndex: -1 }, text.confirmed);
        code.replaceWith(done);
        done.focus();
      });
      form.hidden = true;
      form.after(code);
      input.focus();
    };

    if (captcha) {
      for (const event of ["focusin", "pointerdown"]) form.addEventListener(event, () => touch().catch(() => {}), { once: true });
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      try {
        const body = { __proto__: null };
        for (const [name, value] of new FormData(own)) (body[name] ??= []).push(value);
        for (const name in body) if (name !== "list") [body[name]] = body[name];
        if (captcha) body[field] = await answer().catch(() => {});
        proof = undefined;
        const said = await ask(form, form.action, body);
        if (said) askForCode(said);
        else if (spot !== undefined) globalThis[api].reset(spot);
      } catch {
        form.submit(); // We cannot be reached from a script: the form goes its plain way.
      } finally {
        busy = false;
      }
    });
  };

  document.querySelectorAll("form[data-courant]").forEach(improve);
})();
