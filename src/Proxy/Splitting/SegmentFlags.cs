using System.IO.Hashing;
using System.Runtime.InteropServices;
using Snapback.Control.Switches;

namespace Snapback.Proxy.Splitting;

/// <summary>Asks a flag about a request's user, whom the plan's sticky key identifies.</summary>
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
    /// Under whom the flag's answer is cached. With sticky arms switched off the draw has no client and the key is hashed here; and since many
    /// users may share a key (an address, a drawn number) without sharing groups, the groups are hashed too.
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
