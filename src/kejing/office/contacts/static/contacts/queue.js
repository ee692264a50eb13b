// Contacts are put into a queue on the device and sent from there, each under a key of its own that the office knows
// again: what is sent twice is logged once. The queue belongs to who is signed in and is emptied as it is sent.

const section = document.getElementById("contact-queue");
const form = document.getElementById("contact-form");
const dialog = document.getElementById("contact-dialog");
const words = JSON.parse(document.getElementById("contact-words")?.textContent ?? "{}");
const place = `kejing.contacts.${section?.dataset.user}`;
const PAUSE = 15_000;

const read = () => JSON.parse(localStorage.getItem(place) ?? "[]");
const write = (entries) => { localStorage.setItem(place, JSON.stringify(entries)); show(entries); };
const change = (key, state, told = "") =>
  write(read().map((entry) => (entry.key === key ? { ...entry, state, told } : entry)));

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(entries) {
  section.hidden = entries.length === 0;
  const list = section.querySelector("ul");
  list.replaceChildren(...entries.map((entry) => {
    const item = document.createElement("li");
    item.dataset.state = entry.state;
    item.append(`${entry.name} · ${words[entry.state] ?? ""} ${entry.told} `);
    if (entry.state === "refused") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words.discard;
      button.addEventListener("click", () => write(read().filter((other) => other.key !== entry.key)));
      item.append(button);
    }
    return item;
  }));
}

// The token belongs to the page that sends, not to the page on which the entry was made.
async function send(entry) {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const answer = await fetch(section.dataset.address, {
    method: "POST",
    headers: { "X-CSRFToken": token, "HX-Request": "true" },
    body: new URLSearchParams(entry.fields),
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect") return change(entry.key, "signed_out");
  if (answer.status === 200 || answer.status === 201) {
    write(read().filter((other) => other.key !== entry.key));
    return true;
  }
  if (answer.status >= 500 || answer.status === 429) return change(entry.key, "waiting");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return change(entry.key, "refused", page.querySelector(".reason")?.textContent ?? String(answer.status));
}

async function sendAll() {
  let sent = 0;
  for (const entry of read().filter((each) => each.state !== "refused")) {
    change(entry.key, "sending");
    try {
      if (await send(entry)) sent += 1;
    } catch {  // no signal: it stays
      change(entry.key, "waiting");
    }
  }
  if (sent > 0 && !dialog?.open && read().length === 0) location.reload();
}

// One tab at a time; the office would tell doubles apart anyway.
const sync = () => (navigator.locks ? navigator.locks.request(place, sendAll) : sendAll());

function open(link) {
  form.reset();
  form.elements.client_key.value = newKey();
  form.elements.booking.value = link.dataset.booking ?? "";
  const customer = link.dataset.customer ?? "";
  const who = form.querySelector(".who");
  if (customer !== "" && form.elements.customer.type !== "hidden") {
    form.elements.customer.value = customer;
    who.hidden = false;
    who.textContent = link.dataset.name ?? customer;
  }
  const channel = form.querySelector(`[name=channel][value="${CSS.escape(link.dataset.channel ?? "visit")}"]`);
  if (channel !== null) channel.checked = true;
  const now = new Date();
  const clock = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
  form.elements.happened_at.value = `${form.elements.happened_at.value.slice(0, 10)}T${clock}`;
  dialog.showModal();
}

if (section !== null && form !== null) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const key = form.elements.client_key.value;
    const name = form.querySelector(".who").textContent || form.elements.customer.value;
    write([...read(), { key, name, fields, state: "waiting", told: "" }]);
    form.reset();
    form.elements.client_key.value = newKey();
    dialog?.close();
    sync();
  });
  form.addEventListener("change", () => {
    form.elements.called_off.required = form.elements.outcome.value === "called_off";
  });
  form.addEventListener("click", (event) => {
    const day = event.target.dataset?.nextOn;
    if (day !== undefined) form.elements.next_on.value = day;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-log]");
    if (link !== null && dialog !== null) { event.preventDefault(); open(link); }
  });
  window.addEventListener("online", sync);
  setInterval(() => { if (read().some((entry) => entry.state === "waiting")) sync(); }, PAUSE);
  show(read());
  if (read().length > 0) sync();
}
