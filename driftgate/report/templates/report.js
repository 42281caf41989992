"use strict";
// Filters and searches the requirements, copies texts, and opens what a link leads to.
const rows = [...document.querySelectorAll("details.requirement")];
const form = document.getElementById("filter");
const text = document.getElementById("filter-text");
const choices = [...form.querySelectorAll("select")];
const count = document.getElementById("filter-count");
const sections = [...document.querySelectorAll("main > section[data-target]")];

const show = () => {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = choices.filter((each) => each.value);
  let shown = 0;
  for (const row of rows) {
    const content = words.length ? row.textContent.toLowerCase() : "";
    row.hidden = !(wanted.every((each) => row.dataset[each.dataset.filter] === each.value) && words.every((word) => content.includes(word)));
    shown += row.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("details.requirement:not([hidden])");
  const filtered = words.length > 0 || wanted.length > 0;
  for (const section of sections) section.hidden = filtered && !section.querySelector("details.requirement:not([hidden])");
  count.textContent = filtered ? `${shown} of ${rows.length} requirements` : `${rows.length} requirements`;
};

const reveal = () => {
  const row = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (row === null || !row.matches("details.requirement")) return;
  if (row.hidden) { form.reset(); show(); }
  row.open = true;
  row.scrollIntoView();
};

const copy = async (from, button) => {
  try {
    await navigator.clipboard.writeText(from.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(from);
    button.textContent = "Selected: copy it";
  }
};

for (const from of document.querySelectorAll("pre.copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(from, button));
  from.before(button);
}
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", reveal);
form.hidden = false;
show();
reveal();
