// Loads the captcha's script the first time somebody touches the sign-up form, and not before: a visitor who only reads is
// not reported to anybody. The page works without this file, and the server alone decides; here is only courtesy.
(() => {
  "use strict";
  const captcha = document.querySelector("[data-captcha]");
  const form = captcha?.closest("form");
  if (!form) return;

  const { captcha: provider, siteKey, action, scriptHost, missing } = captcha.dataset;
  const language = document.documentElement.lang;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const patience = 10_000; // Milliseconds until a form is sent without an answer from the provider.
  let loading;
  let isOut = false; // The provider's script does not come: the server shall say what is to be done.
  let sending = false;
  // A field of the form may be called `submit`, and hides the form's own word.
  const submit = () => HTMLFormElement.prototype.submit.call(form);

  // reCAPTCHA's and hCaptcha's boxes are 304 px wide, Turnstile's fits itself.
  const box = { sitekey: siteKey, theme: isDark ? "dark" : "light", size: captcha.clientWidth < 304 ? "compact" : "normal" };
  const { path, field, ready, render } = {
    recaptcha: {
      path: `/recaptcha/api.js?render=explicit&hl=${language}`,
      field: "g-recaptcha-response",
      ready: (resolve) => grecaptcha.ready(resolve),
      render: (callback) => grecaptcha.render(captcha, { ...box, callback }),
    },
    "recaptcha-invisible": {
      path: `/recaptcha/api.js?render=explicit&hl=${language}`,
      field: "g-recaptcha-response",
      ready: (resolve) => grecaptcha.ready(resolve),
    },
    "recaptcha-v3": {
      path: `/recaptcha/api.js?render=${encodeURIComponent(siteKey)}&hl=${language}`,
      field: "g-recaptcha-response",
      ready: (resolve) => grecaptcha.ready(resolve),
    },
    turnstile: {
      path: "/turnstile/v0/api.js?render=explicit",
      field: "cf-turnstile-response",
      render: (callback) => turnstile.render(captcha, { ...box, size: "flexible", action, language, callback }),
    },
    hcaptcha: {
      path: `/1/api.js?render=explicit&recaptchacompat=off&hl=${language}`,
      field: "h-captcha-response",
      render: (callback) => hcaptcha.render(captcha, { ...box, callback }),
    },
  }[provider];

  const load = () => (loading ??= new Promise((resolve, reject) => {
    const origin = scriptHost.includes("://") ? scriptHost : `https://${scriptHost}`;
    const script = document.createElement("script");
    script.src = origin + path;
    script.onload = () => (ready ? ready(resolve) : resolve());
    script.onerror = reject;
    document.head.append(script);
  }));

  const complain = (text) => {
    document.getElementById("captcha-error").textContent = text;
    if (text) document.getElementById("captcha").focus();
  };

  // The answer counts once, so that a second press of the button must not send it again.
  const askForBox = (event) => {
    if (!sending && (isOut || form.elements[field]?.value)) {
      sending = true;
      form.setAttribute("aria-busy", "true");
      return;
    }
    event.preventDefault();
    if (!sending) complain(missing);
  };

  const keep = (token) => {
    const input = form.elements[field] ?? document.createElement("input");
    input.type = "hidden";
    input.name = field;
    input.value = token;
    form.append(input);
  };

  const fetchToken = async () => {
    await load();
    keep(await grecaptcha.execute(siteKey, { action }));
  };

  // The invisible box: a question may come up, and takes its reader as long as it takes. Who closes it may press again.
  let widget;
  const sendWhenAsked = async (event) => {
    event.preventDefault();
    const timeout = new Promise((_, reject) => setTimeout(reject, patience));
    try {
      await Promise.race([load(), timeout]);
      widget ??= grecaptcha.render(captcha, {
        ...box, size: "invisible", callback: submit, "error-callback": submit,
      });
      grecaptcha.execute(widget);
    } catch {
      submit();
    }
  };

  // `submit()` raises no submit event, so this runs once per press. Whatever goes wrong, the form is sent: the
  // server then says what to do, in the reader's language.
  const sendWithToken = async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    form.setAttribute("aria-busy", "true");
    const timeout = new Promise((resolve) => setTimeout(resolve, patience));
    await Promise.race([fetchToken(), timeout]).catch(() => {});
    submit();
  };

  let started;
  const start = () => (started ??= load().then(render && (() => render(() => complain(""))), () => (isOut = true)));
  for (const touch of ["focusin", "pointerdown", "input"]) form.addEventListener(touch, start, { once: true });
  const send = provider === "recaptcha-invisible" ? sendWhenAsked : sendWithToken;
  form.addEventListener("submit", render ? askForBox : send);
  // Coming back with the browser's back button finds the page as it was left, but the answer is spent.
  addEventListener("pageshow", () => {
    if (widget !== undefined) grecaptcha.reset(widget);
    sending = false;
    form.removeAttribute("aria-busy");
  });
})();
