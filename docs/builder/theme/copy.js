// One button for each proof and each result: it copies the LaTeX. The page reads the same without it.
for (const block of document.querySelectorAll(".proof, .result")) {
  const note = block.querySelector('annotation[encoding="application/x-tex"]');
  const latex = block.dataset.latex ?? note?.textContent;
  if (!latex || !navigator.clipboard) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-latex";
  button.textContent = "Copy LaTeX";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(latex.trim());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy LaTeX"; }, 1500);
  });
  block.prepend(button);
}
