export default {
  base: "./",
  // The library's workers are modules.
  worker: { format: "es" },
  // The development server must not move the library's files: it finds its workers beside itself.
  optimizeDeps: { exclude: ["unblur-photo"] },
};
