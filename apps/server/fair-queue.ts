/**
 * @file A fair queue. A place is taken before a body is read, so one limit covers uploading, waiting and running
 * photos. Clients with waiting photos take turns, regardless of how many photos each has. Refused clients form a line:
 * free places are reserved for them in that order, so retrying more often gives no advantage. A reservation lasts for
 * seconds, and no more places are reserved than are in use.
 */
import { Refusal, stopping } from "./refusal.js";

export interface QueueLimits {
  /** Photos that run at the same time. */
  readonly concurrency: number;
  /** Further photos that may wait. */
  readonly waiting: number;
  /** Limit of places per client. */
  readonly perClient: number;
}

export interface Place {
  readonly client: string;
}

interface Waiting {
  readonly place: Place;
  /** Must not reject. */
  run(): Promise<void>;
}

/** Assumed duration of a photo before the first one has been measured. */
const FIRST_GUESS_SECONDS = 5;
/** Upper limit of Retry-After: a place may become free much sooner than estimated. */
const LONGEST_WAIT_SECONDS = 10;
/**
 * Time after the Retry-After that a refused client was given during which it keeps its place in the line without
 * retrying.
 */
const PATIENCE_SECONDS = 5;
/** Largest number of addresses in the line; later ones are refused without a reservation. */
const LONGEST_LINE = 1000;
/** Weight of the newest duration in the average. */
const NEWEST = 0.2;

export class FairQueue {
  readonly #places = new Set<Place>();
  /** Clients in the order of their turns; the first is next. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** Refused clients in the order of refusal, each with the time (in seconds) when its reservation ends. */
  readonly #line = new Map<string, number>();
  #running = 0;
  #meanSeconds = FIRST_GUESS_SECONDS;
  #closed = false;

  /** `now`: a clock in seconds. */
  constructor(
    private readonly limits: QueueLimits,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** Estimated seconds until a place is free. */
  get #retryAfter(): number {
    const expected = Math.ceil((this.#meanSeconds * (this.waiting + 1)) / this.limits.concurrency);
    return Math.min(LONGEST_WAIT_SECONDS, Math.max(1, expected));
  }

  /**
   * Takes a place; pass it to `enter` or `giveBack`. Throws a Refusal: 503 if no place is free, 429 if this client has
   * its share.
   */
  take(client: string): Place {
    const { concurrency, waiting, perClient } = this.limits;
    if (this.#closed) throw stopping();
    const own = [...this.#places].filter((place) => place.client === client).length;
    if (own >= perClient)
      throw new Refusal(
        429,
        "too-many-requests",
        `expected at most ${perClient} unfinished photos of one client, got another; wait for one to end`,
        { retryAfter: this.#retryAfter },
      );
    const promised = Math.min(this.#rank(client), this.#places.size);
    if (promised >= concurrency + waiting - this.#places.size) {
      if (this.#line.has(client) || this.#line.size < LONGEST_LINE)
        this.#line.set(client, this.now() + this.#retryAfter + PATIENCE_SECONDS);
      throw new Refusal(
        503,
        "queue-full",
        `all ${concurrency + waiting} places are taken or reserved; try again in ${this.#retryAfter} s`,
        { retryAfter: this.#retryAfter },
      );
    }
    this.#line.delete(client);
    const place = { client };
    this.#places.add(place);
    return place;
  }

  /** Number of refused clients before this one in the line. */
  #rank(client: string): number {
    const now = this.now();
    for (const [other, until] of this.#line) if (until < now) this.#line.delete(other);
    const rank = [...this.#line.keys()].indexOf(client);
    return rank < 0 ? this.#line.size : rank;
  }

  /** Returns a place that was not entered, or whose work has ended. */
  giveBack(place: Place): void {
    this.#places.delete(place);
  }

  /** Runs `run`, now or at this client's turn, and then gives the place back. */
  enter(place: Place, run: () => Promise<void>): void {
    this.#waiting.set(place.client, [...(this.#waiting.get(place.client) ?? []), { place, run }]);
    this.#next();
  }

  /** Removes a waiting run; false if it does not wait (any more). */
  leave(place: Place): boolean {
    const list = this.#waiting.get(place.client) ?? [];
    const rest = list.filter((waiting) => waiting.place !== place);
    if (rest.length === list.length) return false;
    if (rest.length === 0) this.#waiting.delete(place.client);
    else this.#waiting.set(place.client, rest);
    return true;
  }

  /** Number of runs before this one; 0 if it does not wait. */
  ahead(place: Place): number {
    const lists = [...this.#waiting.entries()];
    const turn = this.#waiting.get(place.client)?.findIndex((waiting) => waiting.place === place) ?? -1;
    if (turn < 0) return 0;
    const position = lists.findIndex(([client]) => client === place.client);
    return lists.reduce((sum, [, list], i) => sum + Math.min(list.length, i < position ? turn + 1 : turn), 0);
  }

  /** Refuses all further places; taken ones stay valid. */
  close(): void {
    this.#closed = true;
  }

  #next(): void {
    while (this.#running < this.limits.concurrency) {
      const first = this.#waiting.entries().next();
      if (first.done) return;
      const [client, [waiting, ...rest]] = first.value;
      this.#waiting.delete(client);
      if (rest.length > 0) this.#waiting.set(client, rest); // to the end: the others' turns come first
      void this.#run(waiting!);
    }
  }

  async #run({ run }: Waiting): Promise<void> {
    this.#running += 1;
    const startedAt = performance.now();
    await run();
    this.#meanSeconds += NEWEST * ((performance.now() - startedAt) / 1000 - this.#meanSeconds);
    this.#running -= 1;
    this.#next();
  }
}
