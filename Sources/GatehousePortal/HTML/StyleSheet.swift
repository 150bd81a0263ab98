/// The portal's one style sheet: one column, light and dark, large enough to touch, visible focus.
enum StyleSheet {
    /// All colours reach a contrast of 4.5 : 1 for text and 3 : 1 for borders of controls (WCAG 2.2, AA).
    static let text: StaticString = """
        :root {
          color-scheme: light dark;
          --ground: #f3f4f7; --card: #ffffff; --line: #e2e5eb; --field: #ffffff; --field-line: #868e9c;
          --ink: #171a21; --soft: #565e6c; --accent: #2c56c9; --accent-strong: #2247ab; --on-accent: #ffffff;
          --tint: #eaf0ff; --bad: #a3141f; --bad-tint: #fdeeee; --bad-line: #eab8bb;
          --good: #14603a; --good-tint: #e9f7ef; --good-line: #a9d8be;
          --shadow: 0 1px 2px rgb(23 26 33 / .05), 0 12px 32px rgb(23 26 33 / .07);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #0f1115; --card: #181b21; --line: #2a2f38; --field: #11141a; --field-line: #6d7686;
            --ink: #eceef2; --soft: #a3abb8; --accent: #8eacff; --accent-strong: #adc3ff; --on-accent: #0d1530;
            --tint: #212b45; --bad: #ffb3b4; --bad-tint: #35191c; --bad-line: #6a2f34;
            --good: #8fe0b4; --good-tint: #14291f; --good-line: #2c5a43;
            --shadow: 0 1px 2px rgb(0 0 0 / .3), 0 12px 32px rgb(0 0 0 / .25);
          }
        }
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center;
          background: var(--ground); color: var(--ink); padding: 2rem 1rem 4rem;
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
        }
        main { width: 100%; max-width: 25rem; min-width: 0; }
        .brand {
          display: flex; align-items: center; justify-content: center; gap: .7rem; margin: 0 0 1.5rem;
          font-size: 1.125rem; font-weight: 600; letter-spacing: -.01em;
        }
        .brand span { overflow-wrap: anywhere; min-width: 0; }
        .brand img, .brand svg { display: block; flex: none; }
        .card {
          background: var(--card); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow);
          padding: 2rem;
        }
        h1 {
          margin: 0; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; text-wrap: balance;
        }
        p { margin: .75rem 0 0; text-wrap: pretty; }
        .soft { color: var(--soft); }
        .where { margin-top: .375rem; color: var(--soft); overflow-wrap: anywhere; }
        strong, .where strong { color: var(--ink); font-weight: 600; overflow-wrap: anywhere; }
        form { margin: 1.5rem 0 0; }
        .alert {
          margin: 1.25rem 0 0; padding: .75rem .875rem; border: 1px solid var(--bad-line); border-radius: 10px;
          background: var(--bad-tint); color: var(--bad);
        }
        .card > .alert:first-child { margin-top: 0; }
        .alert + form { margin-top: 1.25rem; }
        label { display: block; margin: 1.125rem 0 .375rem; font-weight: 550; font-size: .9375rem; }
        form > label:first-of-type { margin-top: 0; }
        input:not([type="checkbox"]):not([type="hidden"]) {
          display: block; width: 100%; min-height: 2.875rem; padding: .5rem .75rem; font: inherit; color: inherit;
          background: var(--field); border: 1px solid var(--field-line); border-radius: 10px;
        }
        input[aria-invalid="true"]:not([type="checkbox"]):not([type="hidden"]) { border-color: var(--bad); }
        .check {
          display: flex; align-items: flex-start; gap: .625rem; margin: 1.25rem 0 0; font-weight: 400; cursor: pointer;
        }
        .check input {
          flex: none; display: grid; place-content: center; width: 1.25rem; height: 1.25rem; margin: .0625rem 0 0;
          appearance: none; background: var(--field); border: 1px solid var(--field-line); border-radius: 5px;
          accent-color: var(--accent); cursor: pointer;
        }
        .check input::before { content: ""; width: .75rem; height: .75rem; }
        .check input:checked { background: var(--accent); border-color: var(--accent); }
        .check input:checked::before {
          background: var(--on-accent); clip-path: polygon(12% 46%, 0 60%, 42% 96%, 100% 18%, 86% 6%, 40% 68%);
        }
        button, .button {
          display: block; width: 100%; min-height: 2.875rem; margin: 1.5rem 0 0; padding: .625rem 1rem;
          font: inherit; font-weight: 600; line-height: 1.5; text-align: center; text-decoration: none; cursor: pointer;
          color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 10px;
        }
        button:hover, .button:hover { background: var(--accent-strong); }
        .plain, .button.plain { color: var(--ink); background: transparent; border-color: var(--field-line); }
        .plain:hover, .button.plain:hover { background: var(--tint); }
        button + .button, .button + .button, form + .button { margin-top: .75rem; }
        .or {
          display: flex; align-items: center; gap: .875rem; margin: 1.5rem 0 0; color: var(--soft); font-size: .875rem;
        }
        .or::before, .or::after { content: ""; flex: 1; height: 1px; background: var(--line); }
        .ways { margin: 1.5rem 0 0; padding: 0; list-style: none; }
        .or + .ways { margin-top: 1.25rem; }
        .ways li + li { margin-top: .625rem; }
        .button.way {
          display: flex; align-items: center; gap: .75rem; margin: 0; padding: .5rem .875rem; font-weight: 500;
          line-height: 1.4; text-align: start;
        }
        .way span { flex: 1; min-width: 0; overflow-wrap: anywhere; }
        .way small { flex: none; color: var(--soft); font-size: .8125rem; font-weight: 400; }
        .way svg, .way img { flex: none; display: block; }
        /* Logos are drawn for white paper, and stay on it. */
        .way img { color-scheme: only light; padding: 2px; border-radius: 7px; background: #ffffff; object-fit: contain; }
        .way rect { fill: var(--tint); }
        .way text { fill: var(--accent); font-size: 13px; font-weight: 650; }
        .way.plain:hover rect { fill: var(--card); }
        .way:not(.plain) rect { fill: var(--on-accent); }
        .way:not(.plain) small { color: inherit; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .person { display: flex; align-items: center; gap: .875rem; margin: 1.5rem 0 0; }
        .person > div { min-width: 0; }
        .initial {
          flex: none; width: 3rem; height: 3rem; border-radius: 50%; display: grid; place-items: center;
          background: var(--tint); color: var(--accent); font-size: 1.25rem; font-weight: 650;
        }
        .person p { margin: 0; color: var(--soft); font-size: .9375rem; overflow-wrap: anywhere; }
        .person .name { color: var(--ink); font-size: 1.125rem; font-weight: 600; }
        dl { margin: 1.5rem 0 0; border-top: 1px solid var(--line); }
        dl > div { padding: .75rem 0; border-bottom: 1px solid var(--line); }
        dt { color: var(--soft); font-size: .875rem; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .tags { display: flex; flex-wrap: wrap; gap: .375rem; margin: .25rem 0 0; padding: 0; list-style: none; }
        .tags li {
          max-width: 100%; padding: .0625rem .625rem; border-radius: 99px; background: var(--tint);
          font-size: .875rem; overflow-wrap: anywhere;
        }
        h2 { margin: 2rem 0 0; font-size: 1rem; line-height: 1.4; font-weight: 650; }
        .sessions { margin: .5rem 0 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
        .sessions li {
          display: flex; align-items: flex-start; gap: 1rem; padding: .75rem 0; border-bottom: 1px solid var(--line);
        }
        .sessions li > div { flex: 1; min-width: 0; }
        .sessions p { margin: 0; font-size: .875rem; overflow-wrap: anywhere; }
        .sessions form { margin: 0; flex: none; }
        .sessions button { min-height: 2.25rem; width: auto; margin: 0; padding: .25rem .875rem; font-size: .9375rem; }
        section > form { margin-top: 1rem; }
        section > form button { margin: 0; }
        .hints { margin: 1rem 0 0; padding: 0 0 0 1.125rem; color: var(--soft); font-size: .875rem; }
        .hints li + li { margin-top: .25rem; }
        .alert ul { margin: 0; padding: 0 0 0 1.125rem; }
        .alert.good { border-color: var(--good-line); background: var(--good-tint); color: var(--good); }
        .alert.good + h1 { margin-top: 1.5rem; }
        .alert p { margin: .375rem 0 0; }
        details > summary { cursor: pointer; }
        details > .tags { margin-top: .5rem; }
        .aside { margin-top: 1.25rem; text-align: center; }
        .note { color: var(--soft); font-size: .875rem; text-align: center; }
        a:not(.button) { color: var(--accent); }
        a:not(.button):hover { color: var(--accent-strong); }
        input.unseen:not([type="checkbox"]):not([type="hidden"]), .unseen {
          position: absolute; width: 1px; height: 1px; min-height: 0; padding: 0; margin: -1px; border: 0; overflow: hidden;
          clip-path: inset(50%); white-space: nowrap;
        }
        .steps { margin: .5rem 0 0; padding: 0 0 0 1.25rem; }
        .steps li + li { margin-top: 1rem; }
        code, pre { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: .875em; }
        code { overflow-wrap: anywhere; }
        pre {
          margin: .5rem 0 0; padding: .625rem .75rem; border-radius: 10px; background: var(--tint); line-height: 1.5;
          white-space: pre-wrap; overflow-wrap: anywhere;
        }
        .code { margin: 1.5rem 0 0; color: var(--soft); font-size: .875rem; }
        @media (max-width: 30rem) {
          body { display: block; padding: 1.5rem 1.25rem 3rem; background: var(--card); }
          main { margin: 0 auto; }
          .brand { justify-content: flex-start; }
          .card { padding: 0; border: 0; box-shadow: none; background: none; }
        }
        @media (forced-colors: active) {
          button, .button, .card { border: 1px solid ButtonText; }
          .check input { appearance: auto; }
          .check input::before { content: none; }
        }

        """

    /// For a page that carries its style inside.
    static let markup = HTML(stringLiteral: text)
}
