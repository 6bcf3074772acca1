using System.Collections.Concurrent;
using System.Reflection;
using Yarp.ReverseProxy.Configuration;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Keys of YARP's section that YARP passes over in silence: a health check that was misspelt is none. What a section may hold is taken from the
/// types that YARP reads it into, whose names are the keys.
/// </summary>
internal static class YarpKeys
{
    private static readonly ConcurrentDictionary<Type, Dictionary<string, Type>> Read = new();

    /// <summary>A sentence for every key that nothing reads.</summary>
    /// <param name="section">The <c>ReverseProxy</c> section.</param>
    public static IEnumerable<string> Unread(IConfigurationSection section) =>
    [
        .. KnownKeys.Others(section, "Routes", "Clusters"),
        .. section.GetSection("Routes").GetChildren().SelectMany(route => Unread(route, typeof(RouteConfig))),
        .. section.GetSection("Clusters").GetChildren().SelectMany(cluster => Unread(cluster, typeof(ClusterConfig))),
    ];

    private static IEnumerable<string> Unread(IConfigurationSection section, Type type)
    {
        if (ElementOf(type) is { } element)
        {
            return IsFree(element) ? [] : section.GetChildren().SelectMany(child => Unread(child, element));
        }

        var known = Read.GetOrAdd(type, static one => one.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(
            property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase));
        // Once, since there may be thousands of routes and the children of a section are searched for.
        return section.GetChildren().SelectMany(child => !known.TryGetValue(child.Key, out var held) ? [KnownKeys.Unknown(child, known.Keys)]
            : IsFree(held) ? []
            : Unread(child, held));
    }

    /// <summary>A value, or names and values that the operator chooses.</summary>
    private static bool IsFree(Type type) =>
        ElementOf(type) is { } element ? IsFree(element) : type.Assembly != typeof(RouteConfig).Assembly || type.IsEnum;

    /// <summary>What a list, or a dictionary of freely chosen names, holds; null for anything else.</summary>
    private static Type? ElementOf(Type type) => type.IsGenericType
        && type.GetGenericTypeDefinition() is var open
        && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyDictionary<,>))
            ? type.GetGenericArguments()[^1]
            : null;
}
