using Snapback.Control.Switches;

namespace Snapback.Proxy.Splitting;

/// <summary>Asks a flag about the user of a request, who is whom the plan's sticky key names.</summary>
internal sealed class SegmentFlags(StickyDraw users, UserFlags flags, TimeProvider time)
{
    public bool IsOn(string flag, HttpContext context, ulong client)
    {
        var now = time.GetElapsedTime(0);
        return flags.TryGet(flag, client, now, out var isOn)
            ? isOn
            : flags.Ask(flag, client, users.UserOf(context) ?? "", SegmentCondition.GroupsOf(context.User), now);
    }
}
