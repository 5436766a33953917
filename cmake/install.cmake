# What `cmake --install` puts where. Parts that a checkout does not have are left out.

set(data_dir "${CMAKE_INSTALL_DATADIR}")
if(TARGET noodle-lsp)
  install(TARGETS noodle-lsp RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(FILES cli/noodle-lsp.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" OPTIONAL)
install(FILES cli/completions/noodle-lsp.bash DESTINATION "${data_dir}/bash-completion/completions"
        RENAME noodle-lsp OPTIONAL)
install(FILES cli/completions/_noodle-lsp DESTINATION "${data_dir}/zsh/site-functions" OPTIONAL)
install(FILES cli/completions/noodle-lsp.fish DESTINATION "${data_dir}/fish/vendor_completions.d" OPTIONAL)
install(DIRECTORY editors DESTINATION "${data_dir}/noodle-lsp" OPTIONAL)
install(DIRECTORY docs/diagnostics DESTINATION "${data_dir}/doc/noodle" OPTIONAL)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
