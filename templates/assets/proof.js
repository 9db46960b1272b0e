// The proof of work that keeps robots out (ALTCHA's protocol): from the first touch of the form this machine looks for a
// number whose SHA-256 is given, a few milliseconds at a time, so that typing is never held up. No worker, no third party.
(() => {
  "use strict";
  const K = [];
  const START = [];
  // The constants of FIPS 180-4 §4.2.2: the first 32 bits of the fractions of primes' roots.
  for (let n = 2; K.length < 64; n += 1) {
    if ([...Array(n).keys()].slice(2).some((d) => n % d === 0)) continue;
    if (START.length < 8) START.push(((n ** (1 / 2)) * 2 ** 32) | 0);
    K.push(((n ** (1 / 3)) * 2 ** 32) | 0);
  }
  const words = new Int32Array(64);

  // The hash of one block of at most 55 letters of ASCII, as eight words.
  const hash = (text) => {
    words.fill(0, 0, 16);
    for (let i = 0; i < text.length; i += 1) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
    words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
    words[15] = text.length * 8;
    for (let i = 16; i < 64; i += 1) {
      const x = words[i - 15];
      const y = words[i - 2];
      words[i] = words[i - 16] + words[i - 7]
        + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3))
        + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = START;
    for (let i = 0; i < 64; i += 1) {
      const t = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
        + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const u = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
        + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    return [a, b, c, d, e, f, g, h].map((word, i) => (word + START[i]) | 0);
  };

  const pause = () => new Promise((resolve) => setTimeout(resolve));
  const slice = 12; // Milliseconds at a stretch: less than a frame.

  const search = async ({ salt, challenge, maxnumber }) => {
    const wanted = challenge.match(/.{8}/g).map((word) => parseInt(word, 16) | 0);
    let stop = performance.now() + slice;
    for (let number = 0; number <= maxnumber; number += 1) {
      if (number % 64 === 0 && performance.now() > stop) {
        await pause();
        stop = performance.now() + slice;
      }
      const found = hash(salt + number);
      if (found[0] === wanted[0] && found.every((word, i) => word === wanted[i])) return number;
    }
    throw new Error("no number fits");
  };

  /** Fetches a challenge and solves it: what the form's field `altcha` holds, and until when it counts. */
  globalThis.courantProof = async (url) => {
    const given = await (await fetch(url, { cache: "no-store", credentials: "omit" })).json();
    const { algorithm, challenge, salt, signature } = given;
    const number = await search(given);
    return {
      proof: btoa(JSON.stringify({ algorithm, challenge, number, salt, signature })),
      expires: Number(new URLSearchParams(salt.split("?")[1]).get("expires")) * 1000,
    };
  };

  const captcha = document.querySelector("[data-captcha=proof]");
  const form = captcha?.closest("form");
  if (!form) return;

  const patience = 20_000; // Milliseconds until a form is sent without its proof.
  const margin = 30_000; // A proof that expires sooner is done again.
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "altcha" });
  captcha.append(field);
  let proof;
  let sending = false;

  const solve = () => (proof ??= globalThis.courantProof(captcha.dataset.challenge)
    .then((solved) => ((field.value = solved.proof), solved))
    .catch(() => (proof = undefined)));
  const fresh = async () => {
    if ((await solve())?.expires > Date.now() + margin) return;
    proof = undefined;
    await solve();
  };

  for (const touch of ["focusin", "pointerdown", "input"]) form.addEventListener(touch, solve, { once: true });
  // `submit()` raises no submit event, so this runs once per press. Without a proof the server says what to do.
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    form.setAttribute("aria-busy", "true");
    await Promise.race([fresh(), new Promise((resolve) => setTimeout(resolve, patience))]);
    HTMLFormElement.prototype.submit.call(form);
  });
  // Coming back with the browser's back button finds the page as it was left, but its proof is spent.
  addEventListener("pageshow", () => {
    sending = false;
    proof = undefined;
    field.value = "";
    form.removeAttribute("aria-busy");
  });
})();
