using System.IO.Hashing;
using System.Runtime.InteropServices;
using Snapback.Control.Switches;

namespace Snapback.Proxy.Splitting;

/// <summary>Asks a flag about the user of a request, who is whom the plan's sticky key names.</summary>
internal sealed class SegmentFlags(StickyDraw users, UserFlags flags, TimeProvider time)
{
    public bool IsOn(string flag, HttpContext context, ulong client)
    {
        var now = time.GetElapsedTime(0);
        var caller = CallerOf(context, client);
        return flags.TryGet(flag, caller, now, out var isOn)
            ? isOn
            : flags.Ask(flag, caller, users.UserOf(context) ?? "", SegmentCondition.GroupsOf(context.User), now);
    }

    /// <summary>
    /// Whose answer it is. The draw knows no client while everybody draws at random, and many callers may share a key (an address, a
    /// drawn number) without being in the same groups.
    /// </summary>
    private ulong CallerOf(HttpContext context, ulong client)
    {
        var caller = client == 0 && users.UserOf(context) is { } user ? Mix(user, 0) : client;
        foreach (var group in SegmentCondition.GroupsOf(context.User))
        {
            caller = Mix(group, caller);
        }

        return caller;
    }

    private static ulong Mix(string text, ulong seed) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()), unchecked((long)seed));
}
