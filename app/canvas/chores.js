// What may wait for the rest of a frame: first strips and codes, then grounds, each codec its share;
// what is measured over many samples waits until no hand moves.

const ORDER = ["strip", "cloud", "ground", "survey", "trade"];
const PATIENT = ["survey", "trade"];

// Works until `deadline` (performance.now()), on something at least once; true while there is more.
export function chores(members, deadline, calm) {
  const running = members.filter((m) => m.cloud);
  let busy = false;
  for (const kind of ORDER) {
    const open = running.filter((m) => m[kind]?.pending);
    if (PATIENT.includes(kind) && !calm) return busy || open.length > 0;
    open.forEach((member, i) => {
      const now = performance.now();
      if (now >= deadline && busy) return;
      member[kind].work(now + (deadline - now) / (open.length - i));
      if (kind === "cloud") member.redraw = true;
      if (kind === "ground") member.behind = true;
      busy = true;
    });
    if (running.some((m) => m[kind]?.pending)) return true;
  }
  return busy;
}
