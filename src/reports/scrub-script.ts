/** @file The script of scrubbers and comparisons. Without it a page shows the last step and the initial comparison. */

/**
 * Every picture has an id; pictures of steps have `data-step`. Sliders and lists are plain inputs, so the keyboard
 * works.
 */
export const SCRUB_SCRIPT = `((page) => {
  for (const scrub of page.querySelectorAll("[data-scrub]")) {
    const slider = scrub.querySelector("input");
    const said = scrub.querySelector("output");
    const play = scrub.querySelector("button");
    const captions = [...scrub.querySelectorAll("[data-caption]")].map((item) => item.textContent);
    let timer = 0;
    const show = () => {
      for (const image of scrub.querySelectorAll("img")) image.hidden = image.dataset.step !== slider.value;
      said.textContent = captions[Number(slider.value)];
      slider.setAttribute("aria-valuetext", said.textContent);
    };
    const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
    slider.oninput = () => { stop(); show(); };
    play.onclick = () => {
      if (timer) return stop();
      if (slider.value === slider.max) slider.value = 0;
      show();
      play.textContent = "Pause";
      timer = setInterval(() => {
        slider.value = Number(slider.value) + 1;
        show();
        if (slider.value === slider.max) stop();
      }, 600);
    };
    scrub.classList.add("ready");
    show();
  }
  for (const box of page.querySelectorAll("[data-compare]")) {
    const [left, right] = box.querySelectorAll("select");
    const [under, over] = box.querySelectorAll("img");
    const wipe = box.querySelector("input[type=range]");
    const beside = box.querySelector("input[type=checkbox]");
    const show = () => {
      for (const [list, image] of [[left, under], [right, over]]) {
        const source = page.getElementById(list.value);
        image.src = source.src;
        image.alt = source.alt;
      }
      box.classList.toggle("beside", beside.checked);
      wipe.disabled = beside.checked;
      box.style.setProperty("--wipe", wipe.value + "%");
    };
    left.onchange = right.onchange = wipe.oninput = beside.onchange = show;
    box.classList.add("ready");
    show();
  }
})(document);`;
