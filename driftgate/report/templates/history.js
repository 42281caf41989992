"use strict";
// Shows the drift between two runs: their snapshots say which of the tables in the page it is. It computes no drift.
for (const chooser of document.querySelectorAll(".chooser")) {
  const find = (name) => chooser.querySelector(`.${name}`);
  const before = find("before"), after = find("after");
  for (const option of before.options) after.append(option.cloneNode(true));
  before.selectedIndex = before.options.length - 1;
  after.selectedIndex = 0;
  const show = () => {
    const then = before.selectedOptions[0].dataset, now = after.selectedOptions[0].dataset;
    const kept = document.getElementById(`${chooser.id}-${then.snapshot}-${now.snapshot}`);
    const known = kept !== null || then.snapshot === now.snapshot;
    const counts = kept !== null ? kept.dataset.counts : chooser.dataset.none;
    find("headline").textContent = `${chooser.dataset.target}: ${known ? counts : chooser.dataset.unknown} (from ${then.when} to ${now.when})`;
    find("latency").hidden = !(then.latency && now.latency);
    find("then").textContent = then.latency;
    find("now").textContent = now.latency;
    find("table").replaceChildren(...(kept !== null ? [kept.content.cloneNode(true)] : []));
    find("command").textContent = `driftgate drift ${then.file} ${now.file}`;
  };
  before.addEventListener("change", show);
  after.addEventListener("change", show);
  chooser.hidden = false;
  show();
}
