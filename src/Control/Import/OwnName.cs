using Snapback.Control.Plans;

namespace Snapback.Control.Import;

/// <summary>Names may repeat in a manifest; here they tell triggers apart.</summary>
internal static class OwnName
{
    /// <param name="taken">Gets the name that it has then: its own, or with a number.</param>
    public static PlanNode Of(PlanNode node, HashSet<string> taken)
    {
        if (node is not PlanMap map || !map.Entries.TryGetValue("name", out var entry) || entry.Value is not PlanScalar name)
        {
            return node;
        }

        var own = name.Text;
        for (var i = 2; !taken.Add(own); i++)
        {
            own = $"{name.Text}-{i}";
        }

        map.Entries["name"] = entry with { Value = name with { Text = own } };
        return node;
    }
}
