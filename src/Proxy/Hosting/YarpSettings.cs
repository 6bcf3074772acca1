using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Authentication;
using Yarp.ReverseProxy.Configuration;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// YARP's section, key by key. What it may hold is taken from the types that YARP reads it into, whose properties' names are the keys.
/// </summary>
internal static class YarpSettings
{
    private static readonly ConcurrentDictionary<Type, Dictionary<string, PropertyInfo>> Read = new();

    /// <summary>All keys of all routes and clusters, those that hold others before them.</summary>
    /// <param name="section">The <c>ReverseProxy</c> section.</param>
    public static IEnumerable<YarpSetting> Of(IConfigurationSection section) =>
    [
        .. section.GetSection("Routes").GetChildren().SelectMany(route => Of(new YarpSetting(route, section, typeof(RouteConfig), null))),
        .. section.GetSection("Clusters").GetChildren().SelectMany(cluster => Of(new YarpSetting(cluster, section, typeof(ClusterConfig), null))),
    ];

    /// <summary>The keys that YARP reads into this type.</summary>
    public static IReadOnlyCollection<string> KeysOf(Type type) => PropertiesOf(type).Keys;

    /// <summary>What a list, or a dictionary of freely chosen names, holds; null for anything else.</summary>
    public static Type? ElementOf(Type type) => type.IsGenericType
        && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyDictionary<,>))
            ? type.GetGenericArguments()[^1]
            : null;

    /// <summary>A type of YARP's own whose properties are keys.</summary>
    public static bool IsSection(Type type) => type.Assembly == typeof(RouteConfig).Assembly && !type.IsEnum;

    private static IEnumerable<YarpSetting> Of(YarpSetting setting) => setting.Type switch
    {
        null => [setting],
        var type when ElementOf(type) is { } element => setting.Section.GetChildren()
            .SelectMany(child => Of(new YarpSetting(child, setting.Section, element, setting.Property)))
            .Prepend(setting),
        var type when IsSection(type) => Of(setting, PropertiesOf(type)),
        _ => [setting],
    };

    private static IEnumerable<YarpSetting> Of(YarpSetting setting, Dictionary<string, PropertyInfo> known) =>
        // Once, since there may be thousands of routes and the children of a section are searched for.
        setting.Section.GetChildren()
            .SelectMany(child => Of(known.GetValueOrDefault(child.Key) is { } property
                ? new YarpSetting(child, setting.Section, TypeOf(property), property)
                : new YarpSetting(child, setting.Section, null, null) { Known = known.Keys }))
            .Prepend(setting);

    /// <summary>Flags are written as a list.</summary>
    private static Type TypeOf(PropertyInfo property) =>
        property.PropertyType == typeof(SslProtocols?) ? typeof(IReadOnlyList<SslProtocols>) : property.PropertyType;

    private static Dictionary<string, PropertyInfo> PropertiesOf(Type type) => Read.GetOrAdd(type, static one =>
        one.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase));
}

/// <param name="Section">The key, with its value.</param>
/// <param name="Parent">The section that it stands in.</param>
/// <param name="Type">What YARP reads it as; null if YARP does not read it.</param>
/// <param name="Property">
/// The property that it, or the list or dictionary that it stands in, is read into; null for a route, a cluster and an unread key.
/// </param>
internal sealed record YarpSetting(IConfigurationSection Section, IConfigurationSection Parent, Type? Type, PropertyInfo? Property)
{
    /// <summary>The keys beside it that are read, if this one is not.</summary>
    public IReadOnlyCollection<string> Known { get; init; } = [];
}
