-- Drives Neovim's built-in client through one broken file, with the set-up that users get (editors/neovim/noodle.lua).
-- The environment names the server, the file and where to write what was seen; see broken_files.py.

local patience_ms = 20000
local seen = { diagnostics = {}, actions = {} }

local function finish()
  local file = assert(io.open(vim.env.NOODLE_SEEN, 'w'))
  file:write(vim.fn.json_encode(seen))
  file:close()
end

local function wait_for(what, condition)
  if not vim.wait(patience_ms, condition, 10) then
    error('timed out: ' .. what, 0)
  end
end

local function text_of(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') .. '\n'
end

local function drive()
  package.path = vim.env.NOODLE_ROOT .. '/editors/neovim/?.lua;' .. package.path
  require('noodle').setup({ cmd = { vim.env.NOODLE_LSP, '--stdio' } })
  vim.cmd('filetype on')
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.NOODLE_FILE))
  local buffer = vim.api.nvim_get_current_buf()

  -- The first diagnostics come before repairs are searched, the final ones tell the place; what is there when
  -- patience ends is noted as it is.
  local found
  vim.wait(patience_ms, function()
    found = vim.diagnostic.get(buffer)
    seen.diagnostics = vim.tbl_map(function(each)
      local line = vim.api.nvim_buf_get_lines(buffer, each.lnum, each.lnum + 1, false)[1] or ''
      return { line = each.lnum, before = line:sub(1, each.col), message = each.message }
    end, found)
    return #found == 1 and seen.diagnostics[1].before == vim.env.NOODLE_BEFORE
  end, 10)
  if #found == 0 then
    error('no diagnostic', 0)
  end

  -- The menu of code actions, answered with its first entry. Newer versions apply a single action without asking.
  local before = text_of(buffer)
  vim.ui.select = function(items, options, choose)
    for _, item in ipairs(items) do
      table.insert(seen.actions, options.format_item and options.format_item(item) or 'action')
    end
    choose(items[1], 1)
  end
  vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
  vim.lsp.buf.code_action()
  wait_for('the repair', function() return text_of(buffer) ~= before end)
  wait_for('clear diagnostics', function() return #vim.diagnostic.get(buffer) == 0 end)

  seen.text = text_of(buffer)
  seen.left = #vim.diagnostic.get(buffer)
  vim.cmd('write')
end

local ok, problem = xpcall(drive, function(message) return debug.traceback(tostring(message)) end)
if not ok then
  seen.error = problem
end
finish()
vim.cmd('qall!')
