// Comforts only: every task works without this file.

const menus = () => document.querySelectorAll("details.menu[open]");

function close(menu, returnFocus) {
  menu.open = false;
  if (returnFocus) menu.querySelector("summary").focus();
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of menus()) close(menu, menu.contains(document.activeElement));
  }
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const field = document.querySelector("main input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) close(menu, false);
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
  const show = event.target.closest("[data-show]");
  if (show) togglePassword(show);
  const tick = event.target.closest("[data-tick]");
  if (tick && !event.ctrlKey && !event.metaKey && !event.shiftKey) tickAll(event, tick);
});

// Without this the link opens the same page with every row ticked, or none.
function tickAll(event, link) {
  event.preventDefault();
  const boxes = document.querySelectorAll(`input[name=person][form=${link.dataset.tick}]:enabled`);
  const all = [...boxes].some((box) => !box.checked);
  for (const box of boxes) box.checked = all;
  link.textContent = all ? "Select none" : "Select all on this page";
}

// A box that is not for the act that is chosen cannot be ticked. Without this the review leaves the person out.
function part(select) {
  for (const box of document.querySelectorAll(`input[form=${select.form.id}][data-not]`)) {
    box.disabled = box.dataset.not === select.value;
    if (box.disabled) box.checked = false;
  }
}

// A form whose boxes name people says on its button how many of them are ticked.
function count(form) {
  const ticked = form.querySelectorAll(`input[name=${form.dataset.count}]:checked`).length;
  const words = form.dataset.words.split("|");
  form.querySelector("button.btn-primary").textContent = words[Math.min(ticked, 2)].replace("#", ticked);
}

addEventListener("change", (event) => {
  const form = event.target.closest("form[data-count]");
  if (form) count(form);
  if (event.target.matches("form.bulk select")) part(event.target);
});

// Also where the browser has kept the boxes of a page that one comes back to.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-count]")) count(form);
  for (const select of document.querySelectorAll("form.bulk select")) part(select);
});

// Boxes that were ticked and not saved are told of before they are lost: when the page is left, by a link or because
// another of its forms is sent.
let sent = null;

function unsaved() {
  const changed = (field) => field.type === "checkbox" && field.checked !== field.defaultChecked;
  return [...document.querySelectorAll("form[data-unsaved]")].filter((form) => [...form.elements].some(changed));
}

function leaving(event) {
  const lost = unsaved().some((form) => form !== sent);
  sent = null;
  if (lost) event.preventDefault();
}

function watch() {
  if (unsaved().length) addEventListener("beforeunload", leaving);
  else removeEventListener("beforeunload", leaving);
}

addEventListener("change", (event) => {
  if (event.target.form?.matches("[data-unsaved]")) watch();
});
addEventListener("submit", (event) => (sent = event.target));
addEventListener("pageshow", watch);

addEventListener("focusin", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) close(menu, false);
});

async function copyText(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => (label.textContent = before), 2000);
}

function togglePassword(button) {
  const field = document.getElementById(button.dataset.show);
  const show = field.type === "password";
  field.type = show ? "text" : "password";
  button.textContent = show ? "Hide" : "Show";
  button.setAttribute("aria-label", show ? "Hide password" : "Show password");
}

// A shown password must not be kept by the browser as ordinary text.
addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-show]")) {
    document.getElementById(button.dataset.show).type = "password";
  }
});

// The switcher's list is fetched when the menu opens; its search field takes the focus.
addEventListener(
  "toggle",
  (event) => {
    if (event.target.open) event.target.querySelector?.(".menu-body input[type=search]")?.focus();
  },
  true,
);

for (const button of document.querySelectorAll("[data-show], [data-copy]")) button.hidden = false;
document.querySelector("[data-focus]")?.focus();
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
