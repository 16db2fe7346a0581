"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  all(".switches").forEach((control) => (control.hidden = false));

  const slides = all(".slide");
  const links = all(".top nav a");
  // The last slide whose top is at or above the middle of the window.
  const at = () => {
    const middle = innerHeight / 2;
    return Math.max(0, slides.findLastIndex((slide) => slide.getBoundingClientRect().top <= middle));
  };
  const mark = () => {
    const now = at();
    links.forEach((link, index) => (index === now ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  };
  const turn = (to) => {
    const slide = slides[Math.min(slides.length - 1, Math.max(0, to))];
    slide.scrollIntoView({ behavior: "instant", block: "start" });
    slide.focus({ preventScroll: true });
    mark();
  };
  const keys = {
    ArrowRight: () => at() + 1,
    PageDown: () => at() + 1,
    ArrowLeft: () => at() - 1,
    PageUp: () => at() - 1,
    Home: () => 0,
    End: () => slides.length - 1,
  };
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
    event.preventDefault();
    turn(keys[event.key]());
  });
  addEventListener("scroll", mark, { passive: true });
  mark();
})();
