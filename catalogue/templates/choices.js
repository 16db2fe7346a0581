// Language and colours: what is chosen on a page, and what the browser prefers until then.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  // Some browsers give a file no storage: then a choice lasts as long as the page.
  const kept = (name, value) => {
    try {
      return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value);
    } catch {
      return null;
    }
  };

  const choices = { language: ["en", "fr"], colours: ["light", "dark"] };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const usual = {
    language: () => (navigator.language.startsWith("fr") ? "fr" : "en"),
    colours: () => (dark.matches ? "dark" : "light"),
  };
  const show = {
    language(value) {
      root.lang = value;
      document.title = root.getAttribute(`data-title-${value}`);
    },
    colours(value) {
      root.dataset.colours = value;
    },
  };
  for (const name of Object.keys(choices)) {
    const buttons = all(`button[data-${name}]`);
    let chosen = kept(`catalogue-${name}`);
    const choose = (value) => {
      show[name](value);
      for (const button of buttons) button.setAttribute("aria-pressed", button.dataset[name] === value);
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        chosen = button.dataset[name];
        choose(chosen);
        kept(`catalogue-${name}`, chosen);
      });
    }
    const now = () => choose(choices[name].includes(chosen) ? chosen : usual[name]());
    dark.addEventListener("change", now);
    now();
  }
})();
