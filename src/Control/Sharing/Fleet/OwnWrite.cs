namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// A write that this replica gave to Redis. The fleet may bring what it wrote before its answer is read, as after a broken connection: whoever
/// gave the command logs it, so that it is logged as heard only if the answer never says that it was done.
/// </summary>
/// <param name="key">The place in the order of what it writes.</param>
internal sealed class OwnWrite(string key)
{
    private readonly Lock _gate = new();
    private Action? _log;
    private bool? _done;

    /// <param name="heard">The place in the order of what the fleet brought.</param>
    /// <param name="log">Kept until the write has ended, and done then if it was not this write's.</param>
    /// <returns>False if it is to be logged by the caller.</returns>
    public bool Takes(string heard, Action log)
    {
        lock (_gate)
        {
            if (heard != key || _done == false)
            {
                return false;
            }

            _log = log;
            return true;
        }
    }

    public void End(bool done)
    {
        Action? log;
        lock (_gate)
        {
            (_done, log) = (done, _log);
        }

        if (!done)
        {
            log?.Invoke();
        }
    }
}
