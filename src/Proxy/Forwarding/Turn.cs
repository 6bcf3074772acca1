namespace Snapback.Proxy.Forwarding;

/// <summary>
/// How much of a body goes through on the thread of a socket before that thread serves others. A copy whose both sides are quick never waits, and
/// that thread polls for all connections of its core: with four downloads at 200 MB/s every other user waited 90 ms for an answer, and one in
/// twenty 580 ms.
/// </summary>
internal struct Turn
{
    /// <summary>In bytes: less than a millisecond's work, and more than most answers have.</summary>
    public const int Share = 128 * 1024;

    private int _done;

    /// <summary>True if what comes next is to queue for the thread pool: again after each turn, since new connections are accepted there.</summary>
    /// <param name="bytes">What was read or written now.</param>
    /// <param name="waited">Its thread has served others meanwhile.</param>
    public bool IsOver(int bytes, bool waited)
    {
        _done = waited ? 0 : _done + bytes;
        if (_done < Share)
        {
            return false;
        }

        _done = 0;
        return true;
    }
}
