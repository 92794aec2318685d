/** @file The resolved configs: the differences between the shown runs, and each in full. */
import { differences } from "./settings.js";
import type { View } from "./view.js";

/** Number of differences shown at once. */
const FEW = 25;

export function Configs({ view }: { readonly view: View }) {
  const runs = view.shown.value;
  const different = runs.length > 1 ? differences(runs.map(({ config }) => config)) : [];
  return (
    <section class="wide" aria-label="Settings">
      {different.length > 0 && (
        <details open={different.length <= FEW}>
          <summary>Settings that differ: {different.length}</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">setting</th>
                {runs.map(({ name }) => (
                  <th scope="col" key={name}>
                    <span class="key" style={{ background: view.colourOf(name) }} />
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {different.map(({ setting, values }) => (
                <tr key={setting}>
                  <th scope="row">{setting}</th>
                  {values.map((value, i) => (
                    <td key={runs[i]!.name}>{value ?? "–"}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
      {runs.map(({ name, config, sessions }) => (
        <details key={name}>
          <summary>Settings of {name}, complete</summary>
          <pre>{JSON.stringify(config, null, 2)}</pre>
          {sessions.length > 0 && (
            <p>Trained in {sessions.length === 1 ? "one session" : `${sessions.length} sessions`}:</p>
          )}
          <pre>{sessions.map((session) => JSON.stringify(session)).join("\n")}</pre>
        </details>
      ))}
    </section>
  );
}
