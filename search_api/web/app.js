// One page, no build step. Text of policies is set as text, never as markup; offsets count code points, as Python does.

const $ = (id) => document.getElementById(id);
const question = $("question"), results = $("results"), status = $("status"), list = $("suggestions");
const FILTERS = ["payer", "state", "kind", "as_of"];
const HITS = 20, SLOW_MS = 1500, PATIENCE_MS = 30000, SUGGEST_AFTER_MS = 120;

const OUTCOMES = {
  covered: ["✓", "Covered"],
  conditional: ["◐", "Covered under conditions"],
  not_covered: ["✕", "Not covered"],
  contractor_discretion: ["⌂", "Left to the local contractor"],
  differs: ["⇄", "It differs"],
  information: ["i", "Information"],
  not_addressed: ["–", "Not addressed"],
};
const KINDS = {
  ncd: "national determination", lcd: "local determination", article: "billing article", payer_policy: "payer policy",
  statute: "statute", faq: "FAQ", code: "code", page: "page",
};
const REASONS = {
  no_policy_found: "no policy found for this", code_invalid: "that is not a code", code_not_in_corpus: "no policy here names that code",
  payer_not_in_corpus: "no policy of that payer here", version_not_in_corpus: "no version for that day here",
  not_a_coverage_question: "this is no coverage question", off_topic: "this is no coverage question",
};
const EXAMPLES = ["Does Medicare cover acupuncture for low back pain?", "97026", "Is CPAP covered for sleep apnea?", "CO-50"];

/** An element with attributes and children; strings become text. */
function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(key, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const words = (value) => value.replaceAll("_", " ");
const linked = (source) => /^https?:/.test(source.url)
  ? make("a", { href: source.url, rel: "noopener noreferrer" }, source.title || source.id)
  : make("span", {}, source.title || source.id);
const certainty = (chance) => chance >= 0.85 ? "high" : chance >= 0.6 ? "fair" : "low: read the source";
const quoted = (evidence) => evidence.of === "source" ? `“${evidence.text}”` : evidence.text;

function citation(payer, evidence, source, since) {
  const parts = [quoted(evidence) + (evidence.of === "source" ? "" : " (summary)"), `${source.id}, ${source.title}`, payer,
    since && `in force since ${since}`, source.url, source.retrieved && `retrieved ${source.retrieved}`];
  return parts.filter(Boolean).join(". ");
}

function copyButton(text) {
  const button = make("button", { type: "button" }, "Copy as citation");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.replaceWith(make("textarea", { readonly: "", rows: "3", cols: "60", "aria-label": "Citation" }, text));
    }
  });
  return button;
}

function facts(pairs) {
  return make("dl", {}, pairs.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function side(each) {
  const [sign, label] = OUTCOMES[each.outcome];
  return make("li", { class: each.outcome },
    make("h3", {}, (each.payer || each.source.title) + (each.line && each.payer ? ` (${words(each.line)})` : "") +
      (each.jurisdiction.includes("US") ? "" : ` in ${each.jurisdiction.join(", ")}`)),
    make("p", { class: "tone" }, `${sign} ${label}`),
    make("p", {}, quoted(each.evidence)),
    make("p", { class: "soft" }, linked(each.source), each.since ? `, since ${each.since}` : "", each.ended ? `, ended ${each.ended}` : ""));
}

function answerCard(answer) {
  const [sign, label] = OUTCOMES[answer.outcome];
  const by = answer.differs_by ? ` by ${words(answer.differs_by)}` : "";
  const why = answer.unmet ? ": a condition is said to be unmet"
    : answer.why && answer.outcome === "not_covered" ? `: ${words(answer.why)}` : "";
  const payer = answer.sides.find((each) => each.source.id === answer.source.id)?.payer || "";
  return make("article", { class: `card answer ${answer.outcome}`, "aria-labelledby": "outcome" },
    make("h2", { id: "outcome" }, `${sign} ${label}${by}${why}`),
    make("blockquote", {}, quoted(answer.evidence)),
    answer.evidence.of === "source" ? null : make("p", { class: "soft" }, "Our summary of the document; the source holds the words."),
    answer.conditions.length ? make("ul", { class: "conditions" }, answer.conditions.map((each) => make("li", {}, each))) : null,
    answer.sides.length > 1 ? make("ul", { class: "sides", "aria-label": "Who says what" }, answer.sides.map(side)) : null,
    facts([["Who says so", answer.outcome === "differs" ? "" : payer], ["Source", make("span", {}, `${answer.source.id} · `, linked(answer.source))],
      ["Since", answer.since], ["Read on", answer.source.retrieved],
      ["Confidence", `${certainty(answer.confidence)} (${Math.round(answer.confidence * 100)} %)`]]),
    answer.remarks.map((each) => make("p", {}, each)),
    make("p", { class: "soft" }, answer.notice),
    make("div", { class: "actions" }, copyButton(citation(payer, answer.evidence, answer.source, answer.since))));
}

function abstentionCard(abstention) {
  return make("article", { class: "card answer none", "aria-labelledby": "outcome" },
    make("h2", { id: "outcome" }, `No answer: ${REASONS[abstention.reason] || words(abstention.reason)}`),
    make("p", {}, abstention.message));
}

/** Local documents that exist and whose text is not here: where to look, not what they say. */
function pointerList(pointers) {
  if (!pointers.length) return "";
  return make("section", { class: "card pointers", "aria-labelledby": "pointers" },
    make("h2", { id: "pointers" }, "Local documents, not in this corpus"),
    make("ul", {}, pointers.map((each) => make("li", {}, `${each.id} · `, linked(each),
      make("span", { class: "soft" }, ` ${each.contractors.join("; ")} · ${each.jurisdiction.join(", ")}`)))));
}

function highlighted(hit) {
  const letters = Array.from(hit.text);
  const parts = [];
  let at = 0;
  for (const [start, end] of hit.highlights) {
    parts.push(letters.slice(at, start).join(""), make("mark", {}, letters.slice(start, end).join("")));
    at = end;
  }
  return make("p", {}, parts, letters.slice(at).join(""));
}

function hitCard(hit, read) {
  const about = hit.document;
  const rules = [...new Set(hit.coverage.map((each) => each.determination))].filter((each) => each !== "not_addressed");
  const extracted = hit.coverage.some((each) => each.basis === "extracted");
  const standing = about.status === "in_force" ? null : words(about.status) + (about.ended ? ` ${about.ended}` : "");
  return make("li", { class: "card", id: `hit-${hit.rank}` },
    make("h3", {}, `${about.id} · `, linked(about)),
    make("ul", { class: "badges" },
      make("li", {}, KINDS[about.kind] || words(about.kind)),
      about.payer ? make("li", {}, about.payer) : null,
      about.jurisdiction.includes("US") ? null : make("li", {}, about.jurisdiction.join(", ") || "states not known"),
      standing ? make("li", { class: "tone not_covered" }, standing) : null,
      about.effective && !standing ? make("li", {}, `${about.effective > read.as_of ? "from" : "in force since"} ${about.effective}`) : null,
      rules.map((each) => make("li", { class: `tone ${each}` }, OUTCOMES[each].join(" "))),
      rules.length ? make("li", {}, extracted ? "read from the text" : "stated") : null),
    highlighted(hit),
    hit.also_in.length ? make("p", { class: "soft" }, `The same words: ${hit.also_in.join(", ")}`) : null,
    hit.coverage.length ? make("div", { class: "actions" }, copyButton(
      citation(hit.coverage[0].payer, hit.coverage[0].evidence, { ...about }, hit.coverage[0].since))) : null);
}

function show(reply) {
  const read = reply.interpreted;
  const understood = [["codes", read.codes], ["diagnoses", read.diagnoses], ["payer", read.payers], ["state", read.state ? [read.state] : []],
    ["also searched", read.expansions]].filter(([, found]) => found.length).map(([name, found]) => `${name}: ${found.join(", ")}`);
  results.replaceChildren(
    reply.answer ? answerCard(reply.answer) : abstentionCard(reply.abstention),
    understood.length ? make("p", { class: "soft" }, `Understood as ${understood.join("; ")}; on ${read.as_of}.`) : "",
    pointerList(reply.pointers),
    reply.hits.length ? make("h2", {}, reply.answer ? "Passages" : "Nearest passages, not an answer") : "",
    make("ol", { class: "hits" }, reply.hits.map((each) => hitCard(each, read))));
  const outcome = reply.answer ? OUTCOMES[reply.answer.outcome][1] : "No answer";
  status.textContent = `${outcome}. ${reply.hits.length} passages in ${Math.round(reply.took_ms)} ms.`;
  $("index").textContent = `· ${reply.index.passages.toLocaleString("en")} passages, index ${reply.index.id}`;
  offer(reply.hits);
}

/** Offers the hits' payers, states and kinds as filters, with how many passages each has. */
function offer(hits) {
  const count = (of) => {
    const found = new Map();
    for (const value of hits.flatMap(of).filter(Boolean)) found.set(value, (found.get(value) || 0) + 1);
    return [...found].sort((one, other) => other[1] - one[1]);
  };
  const options = (found) => found.map(([value, n]) => make("option", { value, label: `${value} (${n})` }));
  $("payers").replaceChildren(...options(count((hit) => hit.document.payer)));
  $("states").replaceChildren(...options(count((hit) => hit.document.jurisdiction.filter((state) => state !== "US"))));
  const kind = $("kind"), chosen = kind.value;
  const kinds = new Map(count((hit) => hit.document.kind));
  if (chosen && !kinds.has(chosen)) kinds.set(chosen, 0);
  kind.replaceChildren(make("option", { value: "" }, "any"),
    ...[...kinds].map(([name, n]) => make("option", { value: name }, `${KINDS[name] || words(name)} (${n})`)));
  kind.value = chosen;
}

function failure(message) {
  const again = make("button", { type: "button" }, "Try again");
  again.addEventListener("click", ask);
  results.replaceChildren(make("article", { class: "card answer not_covered" }, make("h2", {}, "That did not work"),
    make("p", {}, message), make("div", { class: "actions" }, again)));
  status.textContent = `That did not work. ${message}`;
}

function welcome() {
  results.replaceChildren(make("article", { class: "card" }, make("h2", {}, "Ask in your own words"),
    make("p", {}, "Name the service, and what it is for. A payer, a state, a code or a date of service makes the answer narrower."),
    make("ul", { class: "examples" }, EXAMPLES.map((text) => make("li", {}, make("a", { href: `#q=${encodeURIComponent(text)}` }, text))))));
  status.textContent = "";
}

let asked = null;

async function ask() {
  asked?.abort();
  const mine = asked = new AbortController();
  close();
  const query = question.value.trim();
  if (!query) {
    results.removeAttribute("aria-busy");
    return welcome();
  }
  const filters = Object.fromEntries(FILTERS.map((name) => [name, $(name).value.trim()]).filter(([, value]) => value));
  if (filters.kind) { filters.kinds = [filters.kind]; delete filters.kind; }
  results.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => { status.textContent = "Still looking…"; }, SLOW_MS);
  const late = setTimeout(() => mine.abort("late"), PATIENCE_MS);
  try {
    const response = await fetch("v1/search", { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, k: HITS, filters }), signal: mine.signal });
    const body = await response.json();
    if (response.ok) show(body); else failure(body.detail);
  } catch {
    if (mine.signal.aborted && mine.signal.reason !== "late") return;
    failure(mine.signal.aborted ? "The server took too long to answer." : "The server can't be reached.");
  } finally {
    clearTimeout(slow);
    clearTimeout(late);
    if (asked === mine) results.removeAttribute("aria-busy");
  }
}

/** The question and its filters in the address, behind the #: shared by link, sent to no server. */
function remember() {
  const parts = new URLSearchParams();
  if (question.value.trim()) parts.set("q", question.value.trim());
  for (const name of FILTERS) if ($(name).value.trim()) parts.set(name, $(name).value.trim());
  const next = `#${parts}`;
  if (next !== location.hash && (next !== "#" || location.hash)) history.pushState(null, "", next);
  document.title = question.value.trim() ? `${question.value.trim()} · coverage-search` : "coverage-search";
  ask();
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  question.value = parts.get("q") || "";
  for (const name of FILTERS) {
    const field = $(name), value = parts.get(name) || "";
    if (name === "kind" && value && ![...field.options].some((each) => each.value === value)) field.append(make("option", { value }, words(value)));
    field.value = value;
  }
  document.title = question.value ? `${question.value} · coverage-search` : "coverage-search";
  ask();
}

// Suggestions: a combobox with a list of its own (WAI-ARIA 1.2).
let timer = 0, selected = -1, suggested = null;

function close() {
  clearTimeout(timer);
  suggested?.abort();
  list.hidden = true;
  selected = -1;
  question.setAttribute("aria-expanded", "false");
  question.removeAttribute("aria-activedescendant");
}

function choose(item) {
  question.value = item.dataset.text;
  remember();
}

function mark(to) {
  const items = [...list.children];
  if (!items.length || list.hidden) return;
  selected = (to + items.length) % items.length;
  items.forEach((item, place) => item.setAttribute("aria-selected", String(place === selected)));
  question.setAttribute("aria-activedescendant", items[selected].id);
}

async function suggest() {
  suggested?.abort();
  const mine = suggested = new AbortController();
  const text = question.value.trim();
  if (text.length < 2) return close();
  try {
    const response = await fetch("v1/suggest", { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ text }), signal: mine.signal });
    if (!response.ok) return close();
    const found = (await response.json()).suggestions;
    list.replaceChildren(...found.map((each, place) => {
      const item = make("li", { id: `suggestion-${place}`, role: "option", "aria-selected": "false" }, each.text,
        make("span", { class: "soft" }, ` ${each.note}`));
      item.dataset.text = each.text;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
      return item;
    }));
    list.hidden = !found.length;
    selected = -1;
    question.setAttribute("aria-expanded", String(!list.hidden));
    question.removeAttribute("aria-activedescendant");
  } catch {
    // Another letter was typed, or the server is gone: the question itself will say so.
  }
}

question.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(suggest, SUGGEST_AFTER_MS); });
question.addEventListener("blur", close);
question.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  if (event.key === "ArrowDown") { event.preventDefault(); mark(selected + 1); }
  if (event.key === "ArrowUp") { event.preventDefault(); mark(selected < 0 ? -1 : selected - 1); }
  if (event.key === "Enter" && selected >= 0) { event.preventDefault(); choose(list.children[selected]); }
});
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) { event.preventDefault(); question.focus(); question.select(); }
});
$("ask").addEventListener("submit", (event) => { event.preventDefault(); remember(); });
for (const name of FILTERS) $(name).addEventListener("change", () => { if (question.value.trim()) remember(); });
$("clear").addEventListener("click", () => { for (const name of FILTERS) $(name).value = ""; remember(); });
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); results.focus(); });
addEventListener("hashchange", recall);
recall();
question.focus();
