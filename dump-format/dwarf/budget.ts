/** A bound on work that a hostile file could otherwise ask for over and over. */
import { FormatError } from '../errors.ts';

/** Counts work down. Honest files stay far below; structures that overlap on purpose do not. */
export class Budget {
  private left: number;
  private readonly complaint: string;

  /** @param complaint the message of the error when the work is used up */
  constructor(limit: number, complaint: string) {
    this.left = limit;
    this.complaint = complaint;
  }

  /** @throws FormatError when more is spent than there was */
  spend(amount: number): void {
    this.left -= amount;
    if (this.left < 0) throw new FormatError(this.complaint);
  }
}
