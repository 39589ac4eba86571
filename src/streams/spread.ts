/** How far the streams spread over objects. */

/** A frame a window to each of them keeps a gateway's shortest window within its budget. */
export const GATEWAY_SOCKETS_MAX = 500;
/** Of a region. They are filled one after the other, so that each symbol goes to as few of them as can be. */
export const GATEWAYS_MAX = 40;
