/**
 * @file Real Redis, real worker processes: one of them killed, Redis restarted in between. Every result equals that of
 * one process byte for byte; the run says how many photos were computed more than once.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { lacks } from "../machine.js";
import { filesBelow, MODEL, openWorkplace, until, writePhotos } from "./workplace.js";

/** 200 in a longer run: UNBLUR_QUEUE_PHOTOS=200 npx vitest run test/queue/killed.test.ts */
const PHOTOS = Number(process.env.UNBLUR_QUEUE_PHOTOS ?? 30);

test.skipIf(lacks("redis"))(
  "three workers, one killed, and a restart of Redis: the results of one process, each computed once or harmlessly twice",
  async () => {
    await using place = await openWorkplace();
    await writePhotos(join(place.store, "photos"), PHOTOS, [160, 120]);
    const alone = place.start([
      ...["deblur", join(place.store, "photos"), "--out", join(place.folder, "alone")],
      ...["--model", MODEL, "--restore-sharp", "--threads", "1"],
    ]);
    expect([await alone.exit, alone.said.err]).toEqual([0, expect.stringContaining(`${PHOTOS} restored`)]);

    const workers = ["a", "b", "c"].map((name) => place.worker("--name", name));
    const handOut = place.handOut("--json");
    const restored = () => workers.map(({ said }) => said.err.match(/: restored in/g)?.length ?? 0);
    const sum = () => restored().reduce((total, count) => total + count, 0);
    const [victim] = workers;
    await until(() => restored()[0]! >= 2 && sum() >= 4, "the first worker has restored photos");
    victim!.child.kill("SIGKILL");
    const killedAt = performance.now();
    await until(() => sum() >= PHOTOS / 3, "a third of the photos is restored");
    await place.redis.stop();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await place.redis.start();

    expect([await handOut.exit, handOut.said.err]).toEqual([0, expect.stringContaining(`${PHOTOS} restored`)]);
    expect(handOut.said.err).not.toMatch(/Warning/);
    const afterKillSeconds = (performance.now() - killedAt) / 1000;
    const ours = filesBelow(join(place.store, "out"));
    const expected = filesBelow(join(place.folder, "alone"));
    expect([...ours.keys()]).toEqual([...expected.keys()]);
    for (const [name, bytes] of expected) expect(ours.get(name)!.equals(bytes), name).toBe(true);

    const lines = handOut.said.out.trim().split("\n");
    const reports = lines.map((line) => JSON.parse(line) as { input: string; worker: string; computed: boolean });
    expect(new Set(reports.map(({ input }) => input)).size).toBe(PHOTOS);
    // A photo that the victim, or a worker without its server, had in hand may be computed again. No other is.
    const twice = sum() - PHOTOS;
    console.log(
      `${PHOTOS} photos, ${sum()} computed (${restored().join(" + ")}), all ended ${afterKillSeconds.toFixed(0)} s after the kill`,
    );
    expect(twice).toBeGreaterThanOrEqual(-1);
    expect(twice).toBeLessThanOrEqual(3);
  },
  240_000 + 2000 * PHOTOS,
);
