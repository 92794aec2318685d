/**
 * The install script of onnxruntime-node downloads libraries of CUDA, some 400 MB, and calls this first. It ends here,
 * unless it was asked for: ONNXRUNTIME_NODE_INSTALL in the environment, or --onnxruntime-node-install on its command
 * line. An entry of .npmrc would do the same, but npm 11 warns of it at every call and later ones refuse it.
 */
exports.bootstrap = () => {
  const { ONNXRUNTIME_NODE_INSTALL, npm_config_onnxruntime_node_install } = process.env;
  const asked =
    ONNXRUNTIME_NODE_INSTALL ||
    npm_config_onnxruntime_node_install ||
    process.argv.some((word) => word.startsWith("--onnxruntime-node-install"));
  if (!asked) process.exit(0);
};
