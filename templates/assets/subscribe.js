// Loads reCAPTCHA the first time somebody touches the sign-up form, and not before: a visitor who only reads is not
// reported to anybody. The page works without this file, and the server alone decides; here is only courtesy.
(() => {
  "use strict";
  const captcha = document.querySelector("[data-captcha]");
  const form = captcha?.closest("form");
  if (!form) return;

  const { captcha: version, siteKey, action, scriptHost, missing } = captcha.dataset;
  const patience = 10_000; // Milliseconds until a form is sent without an answer from the provider.
  let loading;
  let sending = false;

  const load = () => (loading ??= new Promise((resolve, reject) => {
    const origin = scriptHost.includes("://") ? scriptHost : `https://${scriptHost}`;
    const script = document.createElement("script");
    const render = version === "v3" ? encodeURIComponent(siteKey) : "explicit";
    script.src = `${origin}/recaptcha/api.js?render=${render}&hl=${document.documentElement.lang}`;
    script.onload = () => grecaptcha.ready(resolve);
    script.onerror = reject;
    document.head.append(script);
  }));

  const token = () => form.elements["g-recaptcha-response"]?.value;

  const complain = (text) => {
    document.getElementById("captcha-error").textContent = text;
    if (text) document.getElementById("captcha").focus();
  };

  const showCheckbox = () => {
    grecaptcha.render(captcha, {
      sitekey: siteKey,
      theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
      size: captcha.clientWidth < 304 ? "compact" : "normal", // The widget is 304 px wide.
      callback: () => complain(""),
    });
  };

  const askForCheckbox = (event) => {
    if (token()) return;
    event.preventDefault();
    complain(missing);
  };

  const fetchToken = async () => {
    await load();
    const field = form.elements["g-recaptcha-response"] ?? document.createElement("input");
    field.type = "hidden";
    field.name = "g-recaptcha-response";
    field.value = await grecaptcha.execute(siteKey, { action });
    form.append(field);
  };

  // `form.submit()` raises no submit event, so this runs once per press. Whatever goes wrong, the form is sent: the
  // server then says what to do, in the reader's language.
  const sendWithToken = async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    form.setAttribute("aria-busy", "true");
    const timeout = new Promise((resolve) => setTimeout(resolve, patience));
    await Promise.race([fetchToken(), timeout]).catch(() => {});
    form.submit();
  };

  const start = () => load().then(version === "v3" ? undefined : showCheckbox, () => {});
  for (const touch of ["focusin", "pointerdown", "input"]) form.addEventListener(touch, start, { once: true });
  form.addEventListener("submit", version === "v3" ? sendWithToken : askForCheckbox);
  // Coming back with the browser's back button finds the page as it was left.
  addEventListener("pageshow", () => {
    sending = false;
    form.removeAttribute("aria-busy");
  });
})();
