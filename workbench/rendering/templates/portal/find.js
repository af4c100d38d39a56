document.addEventListener("DOMContentLoaded", () => {
  const at = (id) => document.getElementById(id);
  const { layers, none } = JSON.parse(at("layers").textContent);
  // Not every browser writes numbers in Nynorsk; in Bokmål they are the same.
  const language = document.documentElement.lang.replace("nn", "nb"), box = at("find"), pick = at("pick");
  const table = at("places"), heads = [...table.tHead.rows[0].cells], rows = [...table.tBodies[0].rows];
  const areas = [...document.querySelectorAll("#map path")];
  const letters = { æ: "ae", ø: "o", đ: "d", ŋ: "n", ŧ: "t" };
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "")
    .replace(/[æøđŋŧ]|aa+/g, (found) => letters[found] ?? "a").replace(/[^a-z0-9]+/g, " ").trim();
  const find = () => {
    const wanted = plain(box.value), said = at("found");
    for (const row of rows) row.hidden = !` ${row.dataset.find}`.includes(` ${wanted}`);
    const left = rows.filter((row) => !row.hidden);
    said.textContent = wanted ? said.dataset[left.length ? "some" : "none"].replace("#", left.length) : "";
    return left;
  };
  box.addEventListener("input", find);
  box.addEventListener("keydown", (key) => {
    const left = find();
    if (key.key === "Enter" && left.length === 1) left[0].querySelector("a").click();
  });
  addEventListener("pageshow", find);

  const value = (layer, place) => layer.values?.[place] ?? null;
  const written = (layer, place) => {
    if (!layer.values) return layer.key.find(([kind]) => kind === layer.kinds[place])?.[1] ?? none;
    const found = value(layer, place), digits = layer.decimals;
    return found === null ? none
      : found.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const paint = () => {
    const layer = layers[pick.value];
    areas.forEach((area, place) => {
      area.setAttribute("class", `k${layer.kinds[place]}`);
      area.lastChild.textContent = `${areas.names[place]}: ${written(layer, place)}`;
    });
    for (const row of rows) row.cells[1].textContent = written(layer, row.dataset.at);
    (heads[1].firstElementChild ?? heads[1]).textContent = layer.column;
    at("shown").textContent = layer.head;
    at("key").replaceChildren(...layer.key.map(([kind, text]) => {
      const item = document.createElement("li"), swatch = document.createElement("i");
      swatch.className = `k${kind}`;
      item.append(swatch, text);
      return item;
    }));
    at("note").hidden = !layer.values;
  };
  areas.names = at("layers").dataset.names.split("|");
  for (const area of areas)
    area.append(document.createElementNS(area.namespaceURI, "title"));
  pick.addEventListener("change", paint);
  addEventListener("pageshow", paint);

  const isText = (column) => column === 0 || column === heads.length - 1;
  const key = (row, column) => {
    if (column === 1 && layers[pick.value].values) return value(layers[pick.value], row.dataset.at) ?? -Infinity;
    const text = row.cells[column].textContent;
    return column > 1 && !isText(column) ? parseFloat(text) : text;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.ariaSort === "descending" || (head.ariaSort === null && isText(column)) ? 1 : -1;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
      const order = (a, b) => typeof a === "string" ? a.localeCompare(b, language) : a - b;
      rows.sort((one, other) => down * order(key(one, column), key(other, column)));
      table.tBodies[0].append(...rows);
    });
  });
  for (const hidden of document.querySelectorAll(".script")) hidden.hidden = false;
});
