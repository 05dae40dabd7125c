import { count, inUnit } from "../../format/number.ts";
import { distribution, series } from "../../state/questions.ts";

/** The same window, one model version at a time. */
export function VersionsEvidence() {
  const shown = distribution.value.value;
  if (shown === null || shown.versions.length === 0) return null;
  if (shown.versions.length === 1) {
    return <p class="quiet note">All rows of this window are of version {shown.versions[0]?.version}.</p>;
  }
  const unit = series.value.value?.unit ?? "";
  const most = Math.max(1e-9, ...shown.versions.map((one) => one.value ?? 0));
  return (
    <section aria-label="Versions">
      <h3>By version</h3>
      <table class="versions">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Value</th>
            <td aria-hidden="true" />
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {shown.versions.map((one) => (
            <tr key={one.version}>
              <th scope="row">{one.version}</th>
              <td>
                <b>{inUnit(one.value, unit)}</b>
              </td>
              <td class="bar">
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true">
                  <rect class="after more" width={((one.value ?? 0) / most) * 100} height="8" />
                </svg>
              </td>
              <td>{count(one.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
