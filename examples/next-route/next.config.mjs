/** The package loads native libraries and threads from its own folder, so Next.js must not bundle it. */
export default { serverExternalPackages: ["unblur-photo"] };
