/// The mailbox's own style: it asks no other part of the house, and no other host, for anything.
let mailboxStyle = """
    :root {
      color-scheme: light dark;
      --paper: light-dark(#fbfaf8, #17181a); --sheet: light-dark(#ffffff, #1f2124); --ink: light-dark(#23262b, #e8e6e1);
      --faint: light-dark(#666b74, #a2a5ab); --line: light-dark(#e5e2dc, #33363b); --accent: light-dark(#1f5f8b, #8cc3ea);
      --chosen: light-dark(#e9f1f7, #26323c);
    }
    * { box-sizing: border-box; }
    html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; background: var(--paper); color: var(--ink); }
    body { margin: 0; min-height: 100vh; display: grid; grid-template: auto 1fr / minmax(17rem, 23rem) 1fr; height: 100vh; }
    a { color: var(--accent); }
    a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
    .bar { grid-column: 1 / -1; display: flex; align-items: baseline; gap: 1rem; padding: .9rem 1.25rem; border-bottom: 1px solid var(--line); }
    .bar h1 { font-size: 1.05rem; font-weight: 650; margin: 0; letter-spacing: -.01em; }
    .bar h1 a { color: inherit; text-decoration: none; }
    .bar p { margin: 0; color: var(--faint); font-size: .875rem; font-variant-numeric: tabular-nums; }
    .list { overflow-y: auto; border-right: 1px solid var(--line); }
    .list ol { list-style: none; margin: 0; padding: .5rem; }
    .list a { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; padding: .6rem .75rem; border-radius: 8px; color: inherit; text-decoration: none; }
    .list a:hover { background: var(--sheet); }
    .list a[aria-current] { background: var(--chosen); }
    .to { color: var(--faint); font-size: .8125rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    time { color: var(--faint); font-size: .8125rem; font-variant-numeric: tabular-nums; }
    .subject { grid-column: 1 / -1; font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .pane { overflow-y: auto; min-width: 0; }
    .none { color: var(--faint); text-align: center; max-width: 26rem; margin: 18vh auto 0; padding: 0 1.5rem; }
    article { display: flex; flex-direction: column; min-height: 100%; padding: 1.75rem clamp(1.25rem, 4vw, 3rem); max-width: 60rem; }
    h2 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; margin: 0 0 1rem; overflow-wrap: anywhere; }
    .back { display: none; margin-bottom: 1rem; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1.25rem; font-size: .875rem; }
    dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
    .fields { padding-top: 1rem; gap: .4rem 1rem; }
    .tabs { display: flex; gap: .25rem; border-bottom: 1px solid var(--line); }
    .tabs a { padding: .45rem .85rem; color: var(--faint); text-decoration: none; border-bottom: 2px solid transparent; margin-bottom: -1px; }
    .tabs a:hover { color: var(--ink); }
    .tabs a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 550; }
    iframe { flex: 1; width: 100%; min-height: 32rem; border: 1px solid var(--line); border-radius: 10px; margin-top: 1rem; background: #fff; color-scheme: light; }
    pre { font: .8125rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 1rem 0 0; }
    pre.text { font-size: .9375rem; }
    @media (max-width: 45rem) {
      body { grid-template: auto 1fr / 1fr; height: auto; }
      .list { border-right: 0; }
      .listing .pane, .reading .list { display: none; }
      .back { display: inline-block; }
      dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
      iframe { min-height: 70vh; }
    }
    """
