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
  const usual = {
    language: () => (navigator.language.startsWith("fr") ? "fr" : "en"),
    colours: () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
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
    const choose = (value) => {
      show[name](value);
      for (const button of buttons) button.setAttribute("aria-pressed", button.dataset[name] === value);
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        choose(button.dataset[name]);
        kept(`catalogue-${name}`, button.dataset[name]);
      });
    }
    const before = kept(`catalogue-${name}`);
    choose(choices[name].includes(before) ? before : usual[name]());
  }
})();
