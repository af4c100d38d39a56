document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("find");
  const said = document.getElementById("found");
  const rows = [...document.querySelectorAll("[data-find]")];
  const letters = { æ: "ae", ø: "o", đ: "d", ŋ: "n", ŧ: "t" };
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "")
    .replace(/[æøđŋŧ]|aa+/g, (found) => letters[found] ?? "a").replace(/[^a-z0-9]+/g, " ").trim();
  const find = () => {
    const wanted = plain(box.value);
    for (const row of rows) row.hidden = !` ${row.dataset.find}`.includes(` ${wanted}`);
    for (const county of document.querySelectorAll(".county"))
      county.hidden = !county.querySelector("[data-find]:not([hidden])");
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
  box.parentElement.hidden = false;
});
