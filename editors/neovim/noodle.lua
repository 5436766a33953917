--- noodle.lua: noodle-lsp in Neovim 0.7.2 and newer, with nothing but the built-in client.
---
--- Put the file where `require` finds it (~/.config/nvim/lua/noodle.lua) and add to init.lua:
---
---     require('noodle').setup()
---
--- It lives beside other language servers of the same buffer. A repair is an ordinary code action
--- (vim.lsp.buf.code_action()); `source.fixAll.noodle` repairs everything that is certain.

local M = {}

M.defaults = {
  cmd = { 'noodle-lsp', '--stdio' },
  filetypes = {
    'c', 'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'json', 'jsonc', 'go', 'rust', 'java',
  },
  root_markers = { '.noodle.json', '.git' },
  settings = {}, -- what the README lists, without the `noodle` around it
  on_attach = nil,
}

-- Neovim before 0.8 has no vim.lsp.start, which shares one client per root: [root] = client id.
local clients = {}

local function root_of(path, markers)
  local folder = vim.fn.fnamemodify(path, ':p:h')
  for _, marker in ipairs(markers) do
    local upward = vim.fn.escape(folder, ' ,;') .. ';'
    for _, find in ipairs({ vim.fn.findfile, vim.fn.finddir }) do
      local found = find(marker, upward)
      if found ~= '' then
        return vim.fn.fnamemodify((vim.fn.fnamemodify(found, ':p'):gsub('/$', '')), ':h')
      end
    end
  end
  return folder
end

local function attach(buffer, options)
  local name = vim.api.nvim_buf_get_name(buffer)
  if name == '' or vim.bo[buffer].buftype ~= '' then
    return
  end
  local config = {
    name = 'noodle',
    cmd = options.cmd,
    root_dir = root_of(name, options.root_markers),
    settings = { noodle = options.settings },
    init_options = { noodle = options.settings },
    on_attach = options.on_attach,
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  local id = clients[config.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

--- Starts noodle-lsp for the buffers of its languages, those already open included.
function M.setup(options)
  options = vim.tbl_extend('force', M.defaults, options or {})
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('noodle', { clear = true }),
    pattern = options.filetypes,
    callback = function(event)
      attach(event.buf, options)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.tbl_contains(options.filetypes, vim.bo[buffer].filetype) then
      attach(buffer, options)
    end
  end
end

return M
