/** @file The script of every report: zooms all pictures of a row together. Without it the page loses only the zoom. */

/**
 * The state is three CSS variables on the row: --zoom, and --x, --y in percent of a picture. Zooming keeps the point
 * under the pointer in place. The wheel needs Ctrl (or a pinch), so that the page still scrolls.
 */
export const ZOOM_SCRIPT = `((page) => {
  for (const row of page.querySelectorAll("[data-zoom]")) {
    let [zoom, x, y] = [1, 0, 0];
    const clamp = (value) => Math.max(100 - 100 * zoom, Math.min(0, value));
    const show = () => {
      [x, y] = [clamp(x), clamp(y)];
      row.style.setProperty("--zoom", zoom);
      row.style.setProperty("--x", x);
      row.style.setProperty("--y", y);
      row.classList.toggle("zoomed", zoom > 1);
      factor.textContent = zoom === 1 ? "whole picture" : zoom.toFixed(zoom < 3 ? 1 : 0) + " times";
    };
    const zoomTo = (next, atX = 50, atY = 50) => {
      next = Math.max(1, Math.min(24, next));
      x = atX - ((atX - x) * next) / zoom;
      y = atY - ((atY - y) * next) / zoom;
      zoom = next;
      show();
    };
    const place = (view, event) => {
      const box = view.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100];
    };
    const tools = row.querySelector(".tools");
    const button = (text, title, act) => {
      const made = page.createElement("button");
      Object.assign(made, { type: "button", textContent: text, title, onclick: act });
      made.setAttribute("aria-label", title);
      tools.append(made);
    };
    button("\\u2212", "Smaller", () => zoomTo(zoom / 1.6));
    button("+", "Larger", () => zoomTo(zoom * 1.6));
    button("Fit", "Whole picture", () => zoomTo(1));
    const factor = page.createElement("span");
    factor.setAttribute("aria-live", "polite");
    const hint = page.createElement("span");
    hint.textContent = "\\u00b7 double click or Ctrl + wheel zooms all pictures of the row, drag or arrow keys move them";
    tools.append(factor, hint);
    tools.classList.add("ready");
    row.classList.add("ready-to-zoom");
    for (const view of row.querySelectorAll(".view")) {
      view.tabIndex = 0;
      view.ondblclick = (event) => zoomTo(zoom >= 12 ? 1 : zoom * 2, ...place(view, event));
      view.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        zoomTo(zoom * Math.exp(-event.deltaY / 300), ...place(view, event));
      }, { passive: false });
      let from = null;
      view.onpointerdown = (event) => {
        if (zoom === 1 || event.button !== 0) return;
        event.preventDefault();
        view.focus({ preventScroll: true });
        view.setPointerCapture(event.pointerId);
        from = [x, y, ...place(view, event)];
      };
      view.onpointermove = (event) => {
        if (!from) return;
        const at = place(view, event);
        [x, y] = [from[0] + at[0] - from[2], from[1] + at[1] - from[3]];
        show();
      };
      view.onpointerup = view.onpointercancel = () => { from = null; };
      view.onkeydown = (event) => {
        const move = { ArrowLeft: [10, 0], ArrowRight: [-10, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] }[event.key];
        if (event.key === "+" || event.key === "=") zoomTo(zoom * 1.6);
        else if (event.key === "-") zoomTo(zoom / 1.6);
        else if (event.key === "0") zoomTo(1);
        else if (move && zoom > 1) { [x, y] = [x + move[0], y + move[1]]; show(); }
        else return;
        event.preventDefault();
      };
    }
    show();
  }
})(document);`;
