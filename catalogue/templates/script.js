"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  for (const control of all(".switches, .search, .copy button")) control.hidden = false;

  const search = document.getElementById("search");
  const products = all("article").map((card) => [card, card.closest(".domain"), card.closest(".domain").querySelector("p")]);
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [card, domain, about] of products) {
      const said = `${domain.querySelector("h3").textContent} ${about.textContent} ${card.textContent}`.toLowerCase();
      card.hidden = !words.every((word) => said.includes(word));
      found += card.hidden ? 0 : 1;
    }
    for (const domain of all(".domain")) domain.hidden = !domain.querySelector("article:not([hidden])");
    document.getElementById("found").textContent = found;
    document.getElementById("nothing").hidden = found > 0;
  });

  for (const button of all("button[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 2000);
    });
  }

  for (const picture of all(".picture")) {
    const lines = [...picture.querySelectorAll("path[data-from]")];
    for (const box of picture.querySelectorAll(".box")) {
      const at = box.dataset.box;
      box.addEventListener("pointerenter", () => {
        for (const line of lines) line.classList.toggle("on", at === line.dataset.from || at === line.dataset.to);
        picture.classList.toggle("dim", lines.some((line) => line.classList.contains("on")));
      });
      box.addEventListener("pointerleave", () => picture.classList.remove("dim"));
    }
  }

  // What is closed is printed open, and closed again afterwards.
  let opened = [];
  const open = () => {
    opened = opened.concat(all("details:not([open])"));
    for (const part of opened) part.open = true;
  };
  const close = () => {
    for (const part of opened) part.open = false;
    opened = [];
  };
  const paper = matchMedia("print");
  paper.addEventListener("change", () => (paper.matches ? open() : close()));
  addEventListener("beforeprint", open);
  addEventListener("afterprint", close);
})();
