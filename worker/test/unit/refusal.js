import { EdgeError } from "../../src/errors.js";

/**
 * @param {() => unknown} act
 * @returns {string | undefined} the code of what it throws
 */
export function refusalOf(act) {
  try {
    act();
  } catch (error) {
    if (error instanceof EdgeError) return error.code;
    throw error;
  }
  return undefined;
}
